"""What the nightly job does where it cannot go on: full disks, closed folders, steps that break."""

from __future__ import annotations

import fcntl
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.night import Night


def full_disk(file: Path) -> None:
    """What is written to become that file meets a full disk."""
    file.with_name(f"{file.name}.new").symlink_to("/dev/full")


@pytest.fixture
def base(night: Night) -> Path:
    """Holds the path of the first night's run."""
    assert night.run() == 0
    (file,) = (night.folder / "state").glob("base-*.txt")
    return file


def test_a_full_disk_does_not_lose_the_last_good_night(night: Night, base: Path) -> None:
    full_disk(base)
    assert night.run() == 2
    assert base.read_text() == f"{night.saved[0]}\n"
    assert "exit code 2" in night.summary
    assert "The night broke off in the step 'compare with the last good night'" in night.summary


def test_a_full_disk_leaves_no_half_of_a_lock_file(night: Night) -> None:
    lock = night.folder / "state" / "lock-bench.txt"
    lock.parent.mkdir()
    full_disk(lock)
    assert night.run_as(["-e", "bench"]) == 2
    assert not lock.exists()
    assert "The night broke off in the step 'install bench'" in night.summary


def test_a_night_that_breaks_off_is_neither_good_nor_a_regression(night: Night, base: Path) -> None:
    shutil.rmtree(night.folder / "results")
    assert night.run() == 2
    assert base.read_text() == f"{night.saved[0]}\n"
    assert "The night broke off in the step 'publish'" in night.summary
    assert night.page.read_text().endswith(night.summary)


def test_without_a_place_for_what_outlives_the_night_nothing_is_begun(night: Night) -> None:
    (night.folder / "state").write_text("a file")
    assert night.run() == 2
    assert not night.asked
    assert f"{night.folder / 'state'} cannot be made or written" in night.page.read_text()


def test_a_second_night_at_once_leaves_the_first_alone(night: Night, base: Path) -> None:
    with (base.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert night.run() == 2
    assert not night.asked
    assert "exit code 0" in night.summary  # of the first one
    assert (
        f"{base.parent / 'lock'} cannot be locked: another night is running"
        in night.page.read_text()
    )
    assert night.run() == 0


@pytest.mark.parametrize(
    ("code", "found"),
    [(137, "Killed"), (134, ""), (1, "Traceback (most recent call last):\n  File")],
)
def test_a_comparison_that_breaks_off_says_nothing_of_the_night(
    night: Night, base: Path, code: int, found: str
) -> None:
    night.found = found
    assert night.run(COMPARE=code) == 2
    assert base.read_text() == f"{night.saved[0]}\n"
    assert f"The comparison broke off with exit code {code}, see compare.txt" in night.summary
    assert "to accept this one" not in night.summary


def test_one_comparison_of_both_that_breaks_off_is_told(night: Night, base: Path) -> None:
    night.run()
    assert night.run(COMPARE_FIRST=137) == 2
    assert base.read_text() == f"{night.saved[1]}\n"
    assert "exit code 137, see compare-first.txt" in night.summary
