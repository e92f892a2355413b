from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from bench.workers.scratch import LOCK, PREFIX, scratch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place: Path, name: str, *files: str) -> Path:
    """A folder with these files."""
    folder = place / name
    folder.mkdir()
    for file in files:
        (folder / file).write_text("predictions")
    return folder


def test_the_folder_goes_with_the_run(place: Path) -> None:
    with scratch() as folder:
        (folder / "1.npy").write_text("predictions")
        assert list(place.iterdir()) == [folder]
    assert list(place.iterdir()) == []


def test_the_folder_of_a_killed_run_goes_with_the_next(place: Path) -> None:
    dead = left(place, f"{PREFIX}dead", LOCK, "1.npy")
    with scratch() as folder:
        assert not dead.exists()
        assert folder.is_dir()


def test_what_another_run_holds_or_is_not_a_runs_stays(place: Path) -> None:
    others = left(place, f"{PREFIX}notes", "1.npy"), left(place, "dead", LOCK)
    elsewhere = left(place, "elsewhere", LOCK)
    link = place / f"{PREFIX}link"
    link.symlink_to(elsewhere)
    with scratch() as first, scratch() as second:
        assert {first, second, *others, elsewhere, link} == set(place.iterdir())
        assert (elsewhere / LOCK).exists()
