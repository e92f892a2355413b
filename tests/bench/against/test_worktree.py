from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from bench import git
from bench.against.worktree import worktree
from bench.git import GitError
from tests.bench.repository import Repository, repository
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING = """
import signal, sys
from pathlib import Path
from bench import git
from bench.interruption import unwinding
from bench.against.worktree import worktree

clone = Path(sys.argv[1])
with unwinding(), worktree(git.commit("before", clone), clone) as checkout:
    sys.stdout.write(f"{checkout}\\n")
    sys.stdout.flush()
    while True:
        signal.pause()
"""
FULL_DISK = """#!/bin/sh
case "$*" in
  *"worktree add"*) echo "fatal: cannot create file: No space left on device" >&2; exit 128 ;;
esac
exec "{git}" "$@"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return repository(tmp_path / "clone")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where worktrees are made; each test has to leave it empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    assert list(folder.iterdir()) == []


def test_it_holds_the_suite_as_it_was(clone: Repository, temporary: Path) -> None:
    with worktree(git.commit("before", clone.suite), clone.suite) as checkout:
        assert (checkout / "bench/workers/fork_server.py").read_text() == "BEADS = 1\n"
        assert checkout.is_relative_to(temporary)


def test_the_suite_may_lie_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    clone = repository(tmp_path / "whole", "tools/speedproof")
    with worktree(git.commit("before", clone.suite), clone.suite) as checkout:
        assert (checkout / "bench/workers/fork_server.py").read_text() == "BEADS = 1\n"


def test_the_checkout_stays_as_it_is(clone: Repository) -> None:
    (clone.suite / "bench/workers/fork_server.py").write_text("BEADS = 3\n")
    (clone.suite / "new.py").write_text("")
    before = clone.state()
    with worktree(git.commit("before", clone.suite), clone.suite):
        during = clone.state()
    assert {name for name in before if during[name] != before[name]} == {"worktrees"}
    assert clone.state() == before


def test_no_hook_of_the_user_is_run(clone: Repository, tmp_path: Path) -> None:
    hook = clone.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with worktree(git.commit("before", clone.suite), clone.suite):
        pass
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_it_goes_whatever_happens(clone: Repository, error: type[BaseException]) -> None:
    before = clone.state()

    def fails() -> None:
        with worktree(git.commit("before", clone.suite), clone.suite) as checkout:
            (checkout / "left.py").write_text("")
            raise error

    with pytest.raises(error):
        fails()
    assert clone.state() == before


def test_git_lists_nothing_either_when_its_files_were_gone_before(clone: Repository) -> None:
    before = clone.state()
    with worktree(git.commit("before", clone.suite), clone.suite) as checkout:
        shutil.rmtree(checkout.parent)
    assert clone.state() == before


def test_worktrees_of_the_user_stay(clone: Repository, tmp_path: Path) -> None:
    clone.git("worktree", "add", "--quiet", str(tmp_path / "theirs"), "before")
    clone.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "unplugged"), "before")
    shutil.move(tmp_path / "unplugged", tmp_path / "on another disk")
    before = clone.state()
    with worktree(git.commit("before", clone.suite), clone.suite):
        pass
    assert clone.state() == before


@pytest.mark.skipif(sys.platform != "linux", reason="ends processes as Linux does")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_it_goes_when_the_process_is_told_to_end(clone: Repository, name: str) -> None:
    before = clone.state()
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, str(clone.suite)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip()
        process.send_signal(signal.Signals[name])
    assert process.returncode not in (0, None)
    assert clone.state() == before


def test_a_full_disk_is_said_with_what_may_help(
    clone: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clone.state()
    commit = git.commit("before", clone.suite)
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(FULL_DISK.format(git=shutil.which("git")))
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    words = r"No space left on device; before \(.*MB are free; set TMPDIR for another place"
    with pytest.raises(GitError, match=words), worktree(commit, clone.suite):
        pass
    assert clone.state() == before
