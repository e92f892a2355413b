from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bench import machine
from bench.machine import Nurseries, this_machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class FakeNursery:
    """Notes what it was started with, and lives until it is told otherwise."""

    made: list[FakeNursery]

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        self.preload = preload
        self.environment = environment
        self.is_alive = True
        self.closed = 0
        self.made.append(self)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeNursery]:
    FakeNursery.made = []
    monkeypatch.setattr(machine, "Nursery", FakeNursery)
    return FakeNursery.made


def test_groups_share_the_nursery_of_an_engine_and_replicate(made: list[FakeNursery]) -> None:
    with Nurseries() as nurseries:
        assert nurseries.get("eager", 1, 0) is nurseries.get("eager", 1, 0)
    assert len(made) == 1
    assert made[0].preload == ["bench.engines.eager:preload"]


@pytest.mark.parametrize("other", [("openvino", 1, 0), ("eager", 2, 0), ("eager", 1, 1)])
def test_replicates_engines_and_threads_have_their_own(
    made: list[FakeNursery], other: tuple[str, int, int]
) -> None:
    with Nurseries() as nurseries:
        assert nurseries.get("eager", 1, 0) is not nurseries.get(*other)
    assert len(made) == 2


def test_a_dead_nursery_is_replaced(made: list[FakeNursery]) -> None:
    with Nurseries() as nurseries:
        first = nurseries.get("eager", 1, 0)
        made[0].is_alive = False
        assert nurseries.get("eager", 1, 0) is not first
        assert made[0].closed == 1


def test_all_nurseries_are_closed_at_the_end_whatever_happens(made: list[FakeNursery]) -> None:
    def fails() -> None:
        with Nurseries() as nurseries:
            nurseries.get("eager", 1, 0)
            nurseries.get("openvino", 1, 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert [nursery.closed for nursery in made] == [1, 1]


def test_libraries_get_the_threads_of_the_case_and_no_threads_that_spin(
    made: list[FakeNursery],
) -> None:
    with Nurseries() as nurseries:
        nurseries.get("eager", 3, 0)
    assert made[0].environment["OMP_NUM_THREADS"] == "3"
    assert made[0].environment["OMP_WAIT_POLICY"] == "PASSIVE"


def test_workers_are_pinned_to_the_last_of_the_allowed_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {7, 2, 5}, raising=False)
    with this_machine() as found:
        assert found.cores(1) == (7,)
        assert found.cores(2) == (5, 7)
        assert found.cores(9) == (2, 5, 7)


def test_a_system_without_affinity_pins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    with this_machine() as found:
        assert found.cores(1) == ()


def test_what_workers_wrote_goes_with_the_machine(made: list[FakeNursery]) -> None:
    with this_machine() as found:
        (found.folder / "outputs.npy").write_text("numbers")
        found.nursery("eager", 1, 0)
        assert 0.0 < found.free_memory() < 1.0
    assert not found.folder.exists()
    assert made[0].closed == 1
