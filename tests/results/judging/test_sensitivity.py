"""False alarms, power and the smallest slowdown found, from pairs whose truth is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.judging import stats
from results.judging.sensitivity import (
    Pair,
    detections,
    false_alarms,
    floor,
    highest_rate,
    smallest_detectable,
)
from results.judging.verdict import verdicts

MARGIN = 0.01


def pair(slowdown: float, measured: float, half_width: float = 0.005) -> Pair:
    """A pair of five replicates whose interval has this half width on a log scale."""
    low, high = (measured * math.exp(sign * half_width) for sign in (-1.0, 1.0))
    return Pair(slowdown=slowdown, ratio=stats.ratio_from_interval(measured, low, high, 5))


def test_an_alarm_is_an_identical_pair_that_was_called_different() -> None:
    identical = [pair(0.0, ratio) for ratio in (1.0, 0.98, 1.03, 1.009)]
    assert false_alarms([*identical, pair(0.05, 1.05)], MARGIN) == 2
    assert false_alarms([pair(0.0, 1.03, half_width=0.1)], MARGIN) == 0


def test_power_is_the_share_called_slower_and_faster_is_no_find() -> None:
    pairs = [pair(0.03, ratio) for ratio in (1.03, 1.02, 1.001, 0.97)]
    (found,) = detections([*pairs, pair(0.0, 1.05)], MARGIN)
    assert (found.slowdown, found.pairs, found.power) == (0.03, 4, 0.5)


def test_no_alarm_in_300_pairs_bounds_their_rate_and_none_in_20_hardly() -> None:
    assert highest_rate(0, 300) == pytest.approx(1 - 0.025 ** (1 / 300))
    assert highest_rate(0, 20) == pytest.approx(0.168, abs=1e-3)
    assert highest_rate(0, 0) == 1.0


def test_the_floor_holds_95_percent_of_identical_pairs() -> None:
    pairs = [pair(0.0, 1.0 + step / 1000) for step in range(-100, 101)]
    assert floor([*pairs, pair(0.05, 2.0)]) == pytest.approx(0.095, abs=1e-3)
    assert floor([pair(0.05, 1.05)]) == math.inf


def test_without_any_error_what_is_beyond_margin_and_interval_is_found() -> None:
    exact = [pair(slowdown, 1.0 + slowdown, half_width=0.02) for slowdown in (0.0, 0.03)]
    assert smallest_detectable(exact, MARGIN) == pytest.approx(0.021)
    narrow = [pair(0.0, 1.0, half_width=1e-4)]
    assert smallest_detectable(narrow, MARGIN) == pytest.approx(0.011)


def test_more_time_finds_less_and_hopeless_noise_nothing() -> None:
    noisy = [pair(0.0, ratio, half_width=0.05) for ratio in (0.97, 0.99, 1.01, 1.03)]
    now, later = (smallest_detectable(noisy, MARGIN, times) for times in (1.0, 4.0))
    assert now
    assert later
    assert later < now
    assert smallest_detectable([pair(0.0, 1.0, half_width=1.0)], MARGIN) is None
    assert smallest_detectable([], MARGIN) is None


@given(
    st.floats(0.001, 0.4), st.floats(0.9, 1.1), st.floats(1e-4, 0.2), st.sampled_from([0.005, 0.02])
)
def test_laying_an_error_on_a_slowdown_judges_as_the_verdict_does(
    slowdown: float, error: float, half_width: float, margin: float
) -> None:
    measured = pair(slowdown, (1.0 + slowdown) * error, half_width)
    is_slower = verdicts([measured.ratio], margin)[0].name == "slower"
    smallest = smallest_detectable([measured], margin)
    assert is_slower or smallest is None or smallest > slowdown - 1e-3
    assert not is_slower or (smallest is not None and smallest <= slowdown + 1e-3)
