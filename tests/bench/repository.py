"""A small git repository with something that looks like the suite, for tests of checkouts."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A clone with the suite in a folder of it."""

    root: Path
    suite: Path

    def git(self, *arguments: str) -> str:
        """What git answers."""
        done = subprocess.run(
            ["git", *AUTHOR, *arguments], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, **files: str) -> str:
        """Write files of bench/workers and commit them; the commit's name."""
        (self.suite / "bench/workers").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.suite / "bench/workers" / f"{name}.py").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "beads")
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, str]:
        """Everything of it that a measurement must leave as it was."""
        return {
            "head": self.git("symbolic-ref", "HEAD"),
            "branches": self.git("for-each-ref"),
            "status": self.git("status", "--porcelain"),
            "worktrees": self.git("worktree", "list", "--porcelain"),
        }


def repository(root: Path, prefix: str = "") -> Repository:
    """A new one with two commits, tagged "before" and "after"."""
    root.mkdir(parents=True, exist_ok=True)
    made = Repository(root=root, suite=root / prefix)
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit(fork_server="BEADS = 1\n")
    made.git("tag", "before")
    made.commit(fork_server="BEADS = 2\n")
    made.git("tag", "after")
    return made
