"""What git says of this checkout, and the few things that it is asked to do."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.options import OptionError
from bench.workers.server_spec import HERE

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_S = 600.0  # a large checkout on a slow disk
SHORT = 7  # digits of a commit's name for people
# A hook's git sets these, and then whatever git is asked is about the hook's repository and index.
HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
NEEDED = "bench/workers/fork_server.py"  # what a checkout must have for its workers to be born


class GitError(RuntimeError):
    """Git could not do what it was asked to; the text is what it said, and what may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of this repository that has the suite."""

    given: str  # as it was asked for: "main~1"
    sha: str
    prefix: str  # of the suite within the repository: "" or "tools/speedproof/"

    @property
    def title(self) -> str:
        """Such as "main~1 (1b44aa2)"."""
        short = self.sha[:SHORT]
        return short if self.sha.startswith(self.given) else f"{self.given} ({short})"


def run(*arguments: str, cwd: Path = HERE.checkout) -> str:
    """What git writes, stripped; raises GitError with its last words."""
    done = _run(arguments, cwd)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        msg = f"git {arguments[0]}: {lines[-1] if lines else f'exit status {done.returncode}'}"
        raise GitError(msg)
    return done.stdout.strip()


def succeeds(*arguments: str, cwd: Path = HERE.checkout) -> bool:
    """Whether git does this without complaint."""
    return _run(arguments, cwd).returncode == 0


def _run(arguments: tuple[str, ...], cwd: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", *arguments],
            cwd=cwd,
            env={name: value for name, value in os.environ.items() if name not in HOOK_VARIABLES},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_S,
            check=False,
            process_group=0,  # a terminal's Ctrl-C is for us: git must not stop half-way
        )
    except OSError as error:
        msg = f"git cannot be run ({error.strerror}); install it"
        raise GitError(msg) from error
    except subprocess.TimeoutExpired as error:
        msg = f"git {arguments[0]}: no end within {LIMIT_S:g} s"
        raise GitError(msg) from error


def commit(rev: str, checkout: Path = HERE.checkout) -> Commit:
    """The commit that REV means.

    Raises:
        OptionError: there is none, or it has no suite of ours.
        GitError: this checkout is no git repository.
    """
    try:
        prefix = run("rev-parse", "--show-prefix", cwd=checkout)
    except GitError as error:
        msg = f"{checkout}: {error}; against REV works in a git clone only"
        raise GitError(msg) from error
    try:
        sha = run("rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}", cwd=checkout)
    except GitError as error:
        msg = f"against {rev!r}: git knows no such commit; name a branch, tag or commit"
        if run("rev-parse", "--is-shallow-repository", cwd=checkout) == "true":
            msg += "; this clone is shallow: get more with git fetch --unshallow"
        raise OptionError(msg) from error
    found = Commit(given=rev, sha=sha, prefix=prefix)
    if not succeeds("cat-file", "-e", f"{sha}:{prefix}{NEEDED}", cwd=checkout):
        msg = f"against {found.title}: that commit has no {NEEDED} yet; name a later one"
        raise OptionError(msg)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The working tree that the suite runs from."""

    sha: str
    dirty: bool  # uncommitted changes or files that git does not know

    @property
    def name(self) -> str:
        """The commit, with a plus where the working tree is not what was committed."""
        return f"{self.sha}+" if self.dirty else self.sha

    @property
    def title(self) -> str:
        """For people."""
        short = self.sha[:SHORT]
        return f"the working tree, {short} with uncommitted changes" if self.dirty else short


def head(checkout: Path = HERE.checkout) -> Head:
    """What is checked out here."""
    sha = run("rev-parse", "HEAD", cwd=checkout)
    return Head(sha=sha, dirty=bool(run("status", "--porcelain", cwd=checkout)))
