"""Several processes on one study, and processes that are killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.models.tuning.fake import run, task

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


class Process:
    """A search in a process of its own, stepped fit by fit."""

    def __init__(self, journal: Path, searcher: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.models.tuning.process", str(journal), searcher],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begun(self) -> str:
        """Which configuration it is about to fit; "" if it has ended."""
        assert self._child.stdout
        return self._child.stdout.readline().strip()

    def go(self) -> None:
        """Let it fit."""
        assert self._child.stdin
        self._child.stdin.write("\n")
        self._child.stdin.flush()

    def kill(self) -> None:
        """As kill -9 does."""
        self._child.kill()
        self._child.communicate()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[Process]]:
    found = [Process(tmp_path / "journal", "grid") for _ in range(2)]
    yield found
    for one in found:
        one.kill()


def test_two_processes_share_a_search_and_a_killed_one_loses_only_its_trial_in_flight(
    tmp_path: Path, processes: list[Process]
) -> None:
    first, second = processes
    lost = first.begun()  # its first fit never ends
    fitted: Counter[str] = Counter()
    for _ in range(3 * 8):  # the folds of all other configurations
        fitted[second.begun()] += 1
        second.go()
    assert lost not in fitted
    assert set(fitted.values()) == {3}

    first.kill()
    assert second.begun() == lost  # noticed, and taken over
    second.kill()

    states = Counter(one.state for one in task(tmp_path / "journal").study.trials())
    assert states == {"complete": 8, "failed": 2}


def test_a_search_goes_on_where_its_process_was_killed(tmp_path: Path) -> None:
    process = Process(tmp_path / "journal", "tpe")
    for _ in range(4):  # one trial, and the first fold of the next
        process.begun()
        process.go()
    process.begun()
    process.kill()
    alone = task(tmp_path / "alone", fits=15)
    run("tpe", alone)
    resumed = task(tmp_path / "journal", fits=15)
    run("tpe", resumed)
    finished = [one.configuration for one in resumed.study.trials() if one.found]
    assert finished == [one.configuration for one in alone.study.trials()]
