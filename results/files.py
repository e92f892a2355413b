"""Writes files that are committed: whole or not at all, under names that are safe."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from results.store import StoreError

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")  # what may become a file's or a folder's name


def safe_name(name: object, where: str) -> str:
    """A name that is safe as part of a path."""
    if isinstance(name, str) and NAME.fullmatch(name):
        return name
    msg = (
        f"{where}: {name!r} cannot name a file; it may hold letters, digits, '.', '_', '+' and '-'"
    )
    raise StoreError(msg)


def write_whole(path: Path, content: str) -> None:
    """Write a file such that nobody ever sees a part of it, not even after a crash.

    Raises:
        StoreError: it cannot be written; what was there stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
            Path(name).chmod(0o644)  # mkstemp's own mode hides the file from others
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}"
        raise StoreError(msg) from error


def near(path: Path) -> Path:
    """The path as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
