"""A run's folder for what its workers write; that of a killed run goes with the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "speedproof-"
LOCK = "in use"  # held as long as the run lives, however it ends


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder, but for a lock; it is removed when the context ends."""
    _remove_dead()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        new = Path(name) / "new"
        with new.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            new.rename(Path(name) / LOCK)  # whoever sees it finds it locked
            yield Path(name)


def _remove_dead() -> None:
    """The folders of ours whose lock nobody holds; without a lock they are of something else."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # locked, another user's, or gone meanwhile
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
