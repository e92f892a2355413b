"""Several processes on one study, and processes that are killed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.models.tuning.fake import run, task
from tests.models.tuning.stepped import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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

    trials = task(tmp_path / "journal").study.trials()
    # Failed are also those that gave way to the other process in the same moment.
    assert sum(one.state == "complete" for one in trials) == 8


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
