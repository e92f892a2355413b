from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import git
from bench.git import GitError
from bench.options import OptionError
from tests.bench.repository import Repository, repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    return repository(tmp_path / "clone")


@pytest.mark.parametrize("rev", ["before", "HEAD~1", "main~1"])
def test_a_commit_is_found_by_any_name_that_git_knows(clone: Repository, rev: str) -> None:
    found = git.commit(rev, clone.suite)
    assert found.sha == clone.git("rev-parse", "before")
    assert found.title == f"{rev} ({found.sha[:7]})"


def test_a_commit_given_by_its_hash_is_not_named_twice(clone: Repository) -> None:
    sha = clone.git("rev-parse", "before")
    assert git.commit(sha[:10], clone.suite).title == sha[:7]


@pytest.mark.parametrize("rev", ["nope", "--help", "", "HEAD~99", "main:bench"])
def test_an_unknown_commit_is_a_usage_error(clone: Repository, rev: str) -> None:
    with pytest.raises(OptionError, match="git knows no such commit; name a branch, tag or commit"):
        git.commit(rev, clone.suite)


def test_in_a_shallow_clone_the_advice_is_to_fetch_more(clone: Repository, tmp_path: Path) -> None:
    shallow = Repository(root=tmp_path / "shallow", suite=tmp_path / "shallow")
    clone.git("clone", "--quiet", "--depth=1", f"file://{clone.root}", str(shallow.root))
    with pytest.raises(OptionError, match="this clone is shallow: get more with git fetch"):
        git.commit("HEAD~1", shallow.suite)


def test_a_commit_from_before_the_suite_is_a_usage_error(clone: Repository) -> None:
    clone.git("rm", "--quiet", "-r", "bench")
    clone.commit(cli="")
    with pytest.raises(
        OptionError, match=r"no bench/workers/fork_server\.py yet; name a later one"
    ):
        git.commit("HEAD", clone.suite)


def test_a_folder_that_is_no_clone_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"not a git repository.*; against REV works in a git clone"):
        git.commit("HEAD", tmp_path)


def test_without_git_the_advice_is_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match=r"git cannot be run .*; install it"):
        git.commit("HEAD", tmp_path)


def test_a_hook_of_another_repository_does_not_lead_astray(
    clone: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other")
    sha = clone.commit(cli="BEADS = 3\n")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    assert git.commit("HEAD", clone.suite).sha == sha


def test_the_head_is_the_working_tree(clone: Repository) -> None:
    sha = clone.git("rev-parse", "HEAD")
    clean = git.head(clone.suite)
    assert (clean.name, clean.title) == (sha, sha[:7])
    (clone.suite / "bench/workers/fork_server.py").write_text("BEADS = 3\n")
    dirty = git.head(clone.suite)
    assert dirty.name == f"{sha}+"
    assert dirty.title == f"the working tree, {sha[:7]} with uncommitted changes"
