"""Telling which of two variants is better: time, memory, accuracy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from results.choosing.better import Margins, is_faster, margins, needs_less, told
from results.store import Run
from tests.results.made_up import at_clock
from tests.results.variants import Made, group, rows


@pytest.mark.parametrize(
    ("second", "noise", "expected"),
    [
        pytest.param(0.52, 0.001, True, id="apart"),
        pytest.param(0.503, 0.001, False, id="within_the_margin"),
        pytest.param(0.52, 0.05, False, id="intervals_overlap"),
        pytest.param(0.45, 0.001, False, id="slower"),
    ],
)
def test_faster_is_beyond_the_margin_and_the_intervals(
    second: float, noise: float, *, expected: bool
) -> None:
    _, one, other = group(Made(time=0.5, noise=noise), Made(time=second, noise=noise))
    assert is_faster(one, other, 0.01) is expected


def test_the_baseline_is_a_time_like_any_other() -> None:
    baseline, faster, close = group(Made(time=0.9), Made(time=0.995))
    assert is_faster(faster, baseline, 0.01)
    assert not is_faster(close, baseline, 0.01)


@pytest.mark.parametrize("which", [1, 2])
def test_nothing_is_faster_by_a_time_of_one_replicate(which: int) -> None:
    made = [row.record for row in group(Made(time=0.5), Made(time=0.6))]
    made[which] = replace(made[which], blocks=made[which].blocks[:4])
    baseline, fast, slow = rows(made)
    assert not is_faster(fast, slow, 0.01)
    assert is_faster(fast, baseline, 0.01) is (which == 2)


@pytest.mark.parametrize(
    ("held_down", "expected"),
    [
        pytest.param((), True, id="none"),
        pytest.param((0,), True, id="the_baseline_that_both_are_divided_by"),
        pytest.param((1,), True, id="the_faster_one_all_the_same"),
        pytest.param((2,), False, id="the_slower_one"),
        pytest.param((1, 2), True, id="both"),
    ],
)
def test_a_variant_is_not_slower_for_a_clock_that_was_held_down(
    held_down: tuple[int, ...], *, expected: bool
) -> None:
    made = [row.record for row in group(Made(time=0.5), Made(time=0.6))]
    for number in held_down:
        blocks = at_clock(made[number].blocks, "power cap (software)")
        made[number] = replace(made[number], blocks=blocks)
    _, fast, slow = rows(made)
    assert is_faster(fast, slow, 0.01) is expected


@pytest.mark.parametrize(("other", "expected"), [(100.0, False), (101.9, False), (102.1, True)])
def test_less_memory_is_beyond_the_margin(other: float, *, expected: bool) -> None:
    _, one, two = group(Made(mb=100.0), Made(mb=other))
    assert needs_less(one, two, 0.02) is expected
    assert not needs_less(two, one, 0.02)


@pytest.mark.parametrize(
    ("right", "keeps_images", "expected"),
    [
        pytest.param((950, 946), True, False, id="four_images_may_be_chance"),
        pytest.param((950, 942), True, True, id="eight_images_are_not"),
        pytest.param((200, 197), True, True, id="below_99_percent"),
        pytest.param((950, 946), False, False, id="less_than_half_a_point_without_images"),
        pytest.param((950, 942), False, True, id="more_than_half_a_point_without_images"),
        pytest.param((950, 950), True, False, id="equal"),
    ],
)
def test_more_accurate_is_significant_or_a_hundredth(
    right: tuple[int, int], *, keeps_images: bool, expected: bool
) -> None:
    made = (Made(right=each, keeps_images=keeps_images) for each in right)
    pair = group(*made)[1:]
    better = told(pair, Margins())["accuracy"]
    assert better(*pair) is expected
    assert not better(*reversed(pair))


def test_accuracies_are_corrected_for_the_pairs_that_are_compared() -> None:
    rows = group(Made(right=960), Made(right=954), *[Made(right=960)] * 6)[1:]
    pair = rows[:2]  # six images: p = 0.03
    assert told(pair, Margins())["accuracy"](*pair)
    assert not told(rows, Margins())["accuracy"](*pair)


def test_margins_are_those_of_the_run() -> None:
    run = Run(margins={"digits-cnn": 0.03}, memory_margins={"digits-cnn": 0.05})
    assert margins(run, "digits-cnn") == Margins(time=0.03, memory=0.05)
    assert margins(run, "smoke") == Margins(time=0.01, memory=0.02)
