from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measuring.schedule import ROUND_CASES, Turn, turns, williams_row

PASSES = st.lists(st.integers(1, 16), min_size=1, max_size=25)
REPLICATES = st.integers(0, 12)
BASELINE = 0


def rounds(planned: list[Turn]) -> list[list[Turn]]:
    return [list(group) for _, group in groupby(planned, key=lambda turn: turn.round)]


@given(PASSES, REPLICATES)
def test_every_case_has_exactly_its_passes(passes: list[int], replicate: int) -> None:
    found = Counter(turn.member for turn in turns(passes, replicate))
    assert [found[member + 1] for member in range(len(passes))] == passes


@given(PASSES, REPLICATES)
def test_the_baseline_is_in_every_round_once(passes: list[int], replicate: int) -> None:
    for members in ([turn.member for turn in one] for one in rounds(turns(passes, replicate))):
        assert members.count(BASELINE) == 1
        assert len(set(members)) == len(members) >= 2


@given(PASSES, REPLICATES)
def test_a_case_and_its_baseline_are_at_most_a_few_blocks_apart(
    passes: list[int], replicate: int
) -> None:
    for one in rounds(turns(passes, replicate)):
        (baseline,) = (turn.position for turn in one if turn.member == BASELINE)
        assert max(abs(turn.position - baseline) for turn in one) <= ROUND_CASES


@given(PASSES, REPLICATES)
def test_rounds_and_positions_are_counted_from_zero(passes: list[int], replicate: int) -> None:
    found = rounds(turns(passes, replicate))
    assert [one[0].round for one in found] == list(range(len(found)))
    for one in found:
        assert [turn.position for turn in one] == list(range(len(one)))


@given(PASSES, REPLICATES)
def test_a_case_with_fewer_passes_is_spread_over_the_replicate(
    passes: list[int], replicate: int
) -> None:
    per_pass = -(-len(passes) // ROUND_CASES)
    planned = turns(passes, replicate)
    for member, own in enumerate(passes, 1):
        at = [turn.round for turn in planned if turn.member == member]
        widest = max((after - before for before, after in pairwise(at)), default=0)
        assert widest <= per_pass * (max(passes) // own + 2)


@given(st.integers(1, ROUND_CASES), REPLICATES)
def test_the_baseline_stands_everywhere_in_a_round_equally_often(
    cases: int, replicate: int
) -> None:
    planned = turns([60] * cases, replicate)
    at = Counter(turn.position for turn in planned if turn.member == BASELINE)
    assert at == dict.fromkeys(range(cases + 1), 60 // (cases + 1))


@pytest.mark.parametrize("passes", [5, 7, 11])
def test_over_two_replicates_either_of_two_begins_equally_often(passes: int) -> None:
    found = [rounds(turns([passes], replicate)) for replicate in range(2)]
    assert {one[0][0].member for one in found} == {BASELINE, 1}
    firsts = Counter(one[0].member for replicate in found for one in replicate)
    assert firsts == {BASELINE: passes, 1: passes}


@given(st.integers(1, 24))
def test_each_pair_of_neighbours_comes_equally_often_over_all_rows(size: int) -> None:
    rows = size if size % 2 == 0 else 2 * size
    pairs = Counter(pair for row in range(rows) for pair in pairwise(williams_row(size, row)))
    assert len(pairs) == size * (size - 1)
    assert set(pairs.values()) <= {rows // size}


@given(st.integers(1, 24), st.integers(0, 100))
def test_a_row_holds_everyone_once(size: int, row: int) -> None:
    assert sorted(williams_row(size, row)) == list(range(size))


@given(st.integers(3, 16))
def test_over_a_long_replicate_everyone_follows_everyone_equally_often(size: int) -> None:
    rows = size if size % 2 == 0 else 2 * size
    orders = [[turn.member for turn in one] for one in _passes(size, rows)]
    pairs = Counter(pair for order in orders for pair in pairwise(order))
    assert len(set(pairs.values())) == 1


def _passes(size: int, count: int) -> list[list[Turn]]:
    """The turns of each pass, without the baseline's."""
    planned = [turn for turn in turns([count] * size, 0) if turn.member != BASELINE]
    return [planned[start : start + size] for start in range(0, len(planned), size)]


@pytest.mark.parametrize("size", [3, 8, 21])
def test_replicates_too_short_for_all_orders_have_different_ones(size: int) -> None:
    orders = [
        tuple(turn.member for turn in turns([2] * size, replicate) if turn.member != BASELINE)
        for replicate in range(3)
    ]
    assert len(set(orders)) == 3


def test_nobody_to_compare_with_the_baseline_means_no_turn() -> None:
    assert turns([], 0) == []


def test_a_small_schedule_looks_like_this() -> None:
    planned = turns([2, 2, 1], 0)
    assert [[turn.member for turn in one] for one in rounds(planned)] == [[0, 1, 2], [1, 0, 3, 2]]
