"""A cache of folders named by the hash of what they were made from, outside the repository."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import models
from models.files import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BENCH = Path(__file__).parents[1]
HASH_DIGITS = 20  # 80 bits: no two entries of one cache will ever meet


def entry(
    kind: str,
    key: Mapping[str, object],
    build: Callable[[Path], None],
    waiting: Callable[[], None] = lambda: None,
) -> Path:
    """The folder for this key, built by `build` into an empty folder if it is not there yet.

    A folder appears whole or not at all: it is built beside its place and renamed. Of two
    processes that want the same one, the second waits for the first and uses its result;
    meanwhile it calls `waiting` now and then.
    """
    digest = name_of(key)
    folder = models.cache_folder() / kind / digest
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock"), waiting):
        if not folder.is_dir():
            prefix = f".{digest}-"
            # Whoever began one of these was killed: the lock is ours.
            for dead in folder.parent.glob(f"{prefix}*"):
                shutil.rmtree(dead, ignore_errors=True)
            building = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
            try:
                build(building)
                (building / "key.json").write_text(json.dumps(key, sort_keys=True, indent=1))
                building.rename(folder)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return folder


def name_of(key: Mapping[str, object]) -> str:
    """What is kept under a key is called so."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]


def file_sha256(file: Path) -> str:
    """The hash of a file's bytes."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def code_sha256(*files: str) -> str:
    """The hash of these files of bench, for keys: checkouts whose code differs share nothing.

    They are named from there, without their ending: "preparation/quantise".
    """
    digest = hashlib.sha256()
    for name in files:
        digest.update((BENCH / f"{name}.py").read_bytes())
    return digest.hexdigest()
