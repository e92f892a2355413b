"""A commit's files in a temporary folder of their own, gone again whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import git
from bench.interruption import held
from bench.workers.server_spec import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "speedproof-against-"


@contextmanager
def worktree(commit: git.Commit, checkout: Path = HERE.checkout) -> Iterator[Path]:
    """The suite of that commit; the checkout itself, its index and its branches stay as they are.

    Raises:
        GitError: git cannot write the files, as when the disk is full.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    place = folder / commit.sha[: git.SHORT]
    try:
        # A half-made worktree is locked, and removing it needs more than its usual command.
        with held():
            _add(place, commit, checkout)
        yield place / commit.prefix
    finally:
        with held():
            _remove(place, checkout)


def _add(place: Path, commit: git.Commit, checkout: Path) -> None:
    try:
        git.run("worktree", "add", "--detach", str(place), commit.sha, cwd=checkout)
    except git.GitError as error:
        free = shutil.disk_usage(place.parent).free / 1e6
        msg = (
            f"{error}; {commit.title} is checked out below {tempfile.gettempdir()}, where "
            f"{free:,.0f} MB are free; set TMPDIR for another place"
        )
        raise git.GitError(msg) from error


def _remove(place: Path, checkout: Path) -> None:
    removed = git.succeeds("worktree", "remove", "--force", "--force", str(place), cwd=checkout)
    shutil.rmtree(place.parent, ignore_errors=True)
    if not removed:  # its files were gone before: git still lists it
        git.succeeds("worktree", "unlock", str(place), cwd=checkout)
        git.succeeds("worktree", "prune", cwd=checkout)
