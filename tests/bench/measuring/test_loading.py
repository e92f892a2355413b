from __future__ import annotations

from contextlib import ExitStack
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from bench.measuring.loading import NoRoomError, load_all, order
from bench.measuring.tally import Tally
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path


class Machine:
    """Has room for so many workers at once."""

    def __init__(self, room: int, *, says_so: bool = True) -> None:
        self.live: list[str] = []
        self.loaded: list[str] = []
        self.most = 0
        self._room = room
        self._says_so = says_so

    def is_memory_low(self, _tally: Tally) -> bool:
        return self._says_so and len(self.live) >= self._room

    def load(self, tally: Tally, stack: ExitStack, *, is_crowded: bool) -> list[str]:
        if is_crowded and len(self.live) >= self._room:
            raise NoRoomError
        name = tally.case.id
        if tally.stopped:
            return []
        self.live.append(name)
        self.loaded.append(name)
        self.most = max(self.most, len(self.live))
        stack.callback(self.live.remove, name)
        return [name]


@pytest.fixture
def tallies(tmp_path: Path) -> list[Tally]:
    return [Tally(case=case) for case in planned(tmp_path)]


def names(tallies: list[Tally]) -> list[str]:
    return [tally.case.id for tally in tallies]


def test_each_is_loaded_before_each_other_one_in_half_of_the_replicates() -> None:
    orders = [order("abcdefg", replicate) for replicate in range(10)]
    for one, other in combinations("abcdefg", 2):
        assert sum(each.index(one) < each.index(other) for each in orders) == 5
    assert len({tuple(each) for each in orders}) == 10


def test_an_order_is_the_same_whenever_its_replicate_is_measured() -> None:
    assert order(range(20), 3) == order(range(20), 3) != order(range(20), 5)


@pytest.mark.parametrize("replicate", range(6))
def test_what_is_live_comes_in_the_order_of_the_cases(tallies: list[Tally], replicate: int) -> None:
    machine = Machine(room=4)
    with ExitStack() as stack:
        live, left = load_all(tallies, replicate, machine.load, machine.is_memory_low, stack)
        assert (live, left) == (names(tallies), [])
        assert sorted(machine.live) == sorted(live)
    assert machine.live == []
    assert machine.loaded == names(order(tallies, replicate))


@pytest.mark.parametrize("says_so", [True, False])
@pytest.mark.parametrize("replicate", range(6))
def test_where_not_all_find_room_the_baseline_does(
    tallies: list[Tally], replicate: int, *, says_so: bool
) -> None:
    machine = Machine(room=2, says_so=says_so)
    with ExitStack() as stack:
        live, left = load_all(tallies, replicate, machine.load, machine.is_memory_low, stack)
        assert live[0] == tallies[0].case.id
        assert sorted([*live, *names(left)]) == sorted(names(tallies))
        assert sorted(machine.live) == sorted(live)  # those loaded in vain have ended
    assert machine.most == 2


def test_what_fails_takes_no_room(tallies: list[Tally]) -> None:
    tallies[1].stop("failed", "no such file")
    machine = Machine(room=3)
    with ExitStack() as stack:
        live, left = load_all(tallies, 0, machine.load, machine.is_memory_low, stack)
    assert (live, left) == ([tallies[0].case.id, *names(tallies[2:])], [])
