"""The front of a group: what beats what within margins, whatever the order of the rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.choosing.better import Margins, told
from results.choosing.front import Front, frontier, undominated
from tests.results.made_up import blocks, case, quantity, record
from tests.results.variants import Made, group, names, rows

if TYPE_CHECKING:
    from random import Random


def front_of(*variants: Made) -> Front:
    return frontier(group(*variants), Margins())


def beaten(front: Front) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By the variant that left: which one beats it, and in what."""
    return {names([each.row])[0]: (names([each.by])[0], each.better_in) for each in front.beaten}


def test_the_front_holds_what_is_best_in_one_of_the_three() -> None:
    front = front_of(
        Made(time=0.5, mb=300.0, right=900),
        Made(time=0.7, mb=100.0, right=900),
        Made(time=0.8, mb=200.0, right=890),
        Made(time=2.0, mb=400.0, right=970),
    )
    assert names(front.rows) == ["v0", "v1", "dense", "v3"]
    assert beaten(front) == {"v2": ("v1", ("time", "memory", "accuracy"))}


def test_what_is_alike_in_all_three_does_not_beat() -> None:
    front = front_of(Made(time=0.5, mb=100.0, right=950), Made(time=0.501, mb=100.1, right=949))
    assert names(front.rows) == ["v0", "v1"]
    assert beaten(front) == {"dense": ("v0", ("time", "memory"))}


@pytest.mark.parametrize(
    ("better", "what"),
    [(Made(time=0.49), "time"), (Made(mb=290.0), "memory"), (Made(right=970), "accuracy")],
)
def test_better_in_one_and_worse_in_none_is_enough(better: Made, what: str) -> None:
    assert beaten(front_of(better, Made()))["v1"] == ("v0", (what,))


def test_a_little_worse_within_the_margins_is_not_worse() -> None:
    front = front_of(Made(time=0.504, mb=250.0, right=948), Made(time=0.5, mb=300.0, right=950))
    assert beaten(front)["v1"] == ("v0", ("memory",))


def test_margins_do_not_add_up_along_a_chain() -> None:
    front = front_of(
        Made(time=0.48, mb=103.8), Made(time=0.49, mb=101.9), Made(time=0.50, mb=100.0)
    )
    assert names(front.rows) == ["v0", "v2"]
    assert beaten(front)["v1"] == ("v0", ("time",))


def test_of_those_that_beat_in_a_circle_each_stays() -> None:
    front = front_of(
        Made(time=0.500, mb=101.2, right=950),
        Made(time=0.506, mb=100.0, right=955),
        Made(time=0.503, mb=102.4, right=960),
    )
    assert names(front.rows) == ["v0", "v2", "v1"]
    assert list(beaten(front)) == ["dense"]


def test_of_those_that_beat_the_preferred_one_is_named() -> None:
    front = front_of(Made(time=0.4999, right=949), Made(time=0.5))
    assert names(front.rows) == ["v0", "v1"]
    assert beaten(front) == {"dense": ("v1", ("time",))}


def test_what_lacks_one_of_the_three_is_not_judged() -> None:
    bare = record(case("bare"), [quantity("host_peak_bytes", 1e6)], blocks(1e-4))
    found = rows([*(row.record for row in group(Made())), bare])
    front = frontier(found, Margins())
    assert names(front.unknown) == ["bare"]
    assert "bare" not in names([*front.rows, *(each.row for each in front.beaten)])


close = st.builds(
    Made,
    time=st.sampled_from([0.5, 0.503, 0.506, 0.52, 1.0]),
    noise=st.sampled_from([0.001, 0.02]),
    mb=st.sampled_from([98.0, 99.5, 101.0, 300.0]),
    right=st.sampled_from([950, 955, 960, 990]),
)


@given(st.lists(close, max_size=5), st.randoms(use_true_random=False))
def test_the_front_covers_the_group_and_does_not_depend_on_the_order_of_rows(
    variants: list[Made], random: Random
) -> None:
    found = group(*variants)
    front = frontier(found, Margins())
    assert {*names(front.rows), *beaten(front)} == set(names(found))
    assert front.rows
    criteria = told(found, Margins()).values()
    for each in front.beaten:
        assert each.by in front.rows
        assert not any(better(each.row, each.by) for better in criteria)
        assert any(better(each.by, each.row) for better in criteria)
    shuffled = random.sample(found, len(found))
    assert frontier(shuffled, Margins()) == front


@pytest.mark.parametrize(
    ("beats", "stays"),
    [
        pytest.param([], {0, 1, 2, 3}, id="nobody_beats"),
        pytest.param([(0, 1), (1, 2), (2, 3)], {0, 2}, id="chain"),
        pytest.param([(0, 1), (1, 2), (2, 0), (0, 3)], {0, 1, 2}, id="circle_that_beats"),
        pytest.param([(0, 1), (1, 2), (2, 0), (3, 0)], {1, 3}, id="circle_that_is_beaten"),
        pytest.param([(0, 1), (1, 0), (1, 2), (2, 3), (3, 2)], {0, 1, 3}, id="two_circles"),
    ],
)
def test_who_is_beaten_by_nobody_that_stays_stays(
    beats: list[tuple[int, int]], stays: set[int]
) -> None:
    assert undominated(4, frozenset(beats)) == stays


@given(st.sets(st.sampled_from(list(permutations(range(5), 2)))), st.permutations(range(5)))
def test_who_stays_does_not_depend_on_the_numbering(
    beats: set[tuple[int, int]], renumbered: list[int]
) -> None:
    stays = undominated(5, frozenset(beats))
    assert all(any((one, gone) in beats for one in stays) for gone in set(range(5)) - stays)
    others = frozenset((renumbered[one], renumbered[other]) for one, other in beats)
    assert undominated(5, others) == {renumbered[one] for one in stays}


def test_without_any_accuracy_time_and_memory_decide() -> None:
    blind = [
        replace(
            row.record,
            predictions=None,
            quantities=tuple(q for q in row.record.quantities if q.metric.name != "accuracy"),
        )
        for row in group(Made(time=0.5, mb=300.0), Made(time=0.7, mb=250.0), Made(time=0.8))
    ]
    front = frontier(rows(blind), Margins())
    assert names(front.rows) == ["v0", "v1"]
    assert set(beaten(front)) == {"v2", "dense"}
    assert not front.unknown


def test_one_without_an_accuracy_cannot_be_judged_beside_others() -> None:
    first, second = group(Made())
    blind = replace(
        second.record,
        predictions=None,
        quantities=tuple(q for q in second.record.quantities if q.metric.name != "accuracy"),
    )
    front = frontier(rows([first.record, blind]), Margins())
    assert names(front.unknown) == ["v0"]
