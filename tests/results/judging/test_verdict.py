"""When a ratio counts as a change, as sameness, or as neither."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.judging.stats import Ratio, half_width_factor, ratio, ratio_from_interval
from results.judging.verdict import more_replicates, verdicts
from tests.results.made_up import blocks

MARGIN = 0.01
STEADY = (1.0, 1.001, 0.999, 1.0005, 0.9995)


def measured(times: float, factors: tuple[float, ...] = STEADY) -> Ratio:
    found = ratio(blocks(times, factors), blocks(1.0, (1.0,) * len(factors)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("judged", "name"),
    [
        pytest.param(measured(1.5), "slower", id="slower"),
        pytest.param(measured(0.5), "faster", id="faster"),
        pytest.param(measured(1.004), "same", id="significant_but_small"),
        pytest.param(measured(1.0), "same", id="equal"),
        pytest.param(measured(1.5, (1.0, 1.0)), "inconclusive", id="too_few_replicates"),
        pytest.param(measured(1.5, (1.0,)), "inconclusive", id="one_replicate"),
        pytest.param(measured(1.0, (1.1, 0.9, 1.0)), "inconclusive", id="noisy"),
        pytest.param(measured(1.05, (1.1, 0.9, 1.0)), "inconclusive", id="large_but_noisy"),
        pytest.param(measured(1.015), "slower", id="above_the_margin_within_twice_it"),
        pytest.param(measured(1.5, (1.0, 1.0, 1.0)), "slower", id="without_any_spread"),
        pytest.param(measured(1.0, (1.0, 1.0, 1.0)), "same", id="equal_without_any_spread"),
        pytest.param(None, "inconclusive", id="nothing_measured_in_common"),
    ],
)
def test_a_verdict_needs_significance_and_the_margin(judged: Ratio | None, name: str) -> None:
    assert verdicts([judged], MARGIN)[0].name == name


def test_one_weak_change_among_many_equal_cases_is_corrected_away() -> None:
    weak = ratio_from_interval(1.05, 1.001, 1.1013, 5)
    equal = measured(1.0)
    assert verdicts([weak], MARGIN)[0].name == "slower"
    assert verdicts([weak, *[equal] * 9], MARGIN)[0].name == "inconclusive"


def test_cases_with_too_few_replicates_for_a_verdict_do_not_count_in_the_correction() -> None:
    weak = measured(1.013, (1.0, 1.009, 0.991, 1.004, 0.996))
    few = [measured(1.0, (1.0, 1.05))] * 20
    alone, beside = verdicts([weak], 0.01), verdicts([weak, *few], 0.01)
    assert beside[0] == alone[0]
    assert alone[0].name == "slower"
    assert {each.name for each in beside[1:]} == {"inconclusive"}


def test_a_change_between_the_margin_and_twice_it_is_same_when_not_significant() -> None:
    near = ratio_from_interval(1.0102, 1.0008, 1.0197, 5)
    assert verdicts([near], MARGIN)[0].name == "slower"
    assert verdicts([near, *[measured(1.0)] * 9], MARGIN)[0].name == "same"


def test_verdicts_keep_the_order_of_the_ratios_around_missing_ones() -> None:
    given_ratios = [None, measured(2.0), measured(1.0, (1.0,)), measured(0.5)]
    names = [verdict.name for verdict in verdicts(given_ratios, MARGIN)]
    assert names == ["inconclusive", "slower", "inconclusive", "faster"]


@pytest.mark.parametrize(
    ("judged", "why"),
    [
        (None, "no round was measured of both it and its baseline"),
        (measured(1.5, (1.0,)), "1 replicate cannot tell luck from change; 2 replicates more"),
        (measured(1.5, (1.0, 1.0)), "2 replicates cannot tell luck from change; 1 replicate more"),
        (measured(1.0, (1.1, 0.9, 1.0)), "about 136 replicates more would settle it"),
        (measured(1.0, (5.0, 0.2, 1.0)), "too noisy: over 1000 replicates would be needed"),
        (measured(1.0), "within 2 %"),
    ],
)
def test_a_verdict_says_why(judged: Ratio | None, why: str) -> None:
    assert verdicts([judged], MARGIN)[0].why == why


@pytest.mark.parametrize(
    ("times", "held_down", "name"),
    [
        pytest.param(1.5, 1, "inconclusive", id="slower, held down itself"),
        pytest.param(1.0, 1, "inconclusive", id="same, held down itself"),
        pytest.param(0.5, 1, "faster", id="faster all the same"),
        pytest.param(0.5, -1, "inconclusive", id="faster, its baseline held down"),
        pytest.param(1.0, -1, "inconclusive", id="same, its baseline held down"),
        pytest.param(1.5, -1, "slower", id="slower all the same"),
        pytest.param(1.5, 0, "slower", id="neither, or both"),
    ],
)
def test_a_clock_held_down_on_one_side_alone_makes_no_verdict(
    times: float, held_down: int, name: str
) -> None:
    judged = replace(measured(times), held_down=held_down)
    (found,) = verdicts([judged], MARGIN)
    assert found.name == name
    assert found.why.startswith("the GPU's clock was held down") is (name == "inconclusive")


def test_what_too_few_replicates_cannot_tell_asks_for_more_whatever_the_clock() -> None:
    judged = replace(measured(1.5, (1.0, 1.0)), held_down=1)
    assert verdicts([judged], MARGIN)[0].why.endswith("1 replicate more")


def test_correction_for_many_cases_asks_for_more_replicates() -> None:
    weak = ratio_from_interval(1.05, 1.0, 1.1025, 5)
    assert weak.p_value == pytest.approx(0.05)
    alone, among_ten = (more_replicates(weak, times * 0.05, MARGIN) for times in (1, 10))
    assert (alone, among_ten) == (1, 5)


@given(
    st.floats(0.97, 1.03),
    st.floats(0.001, 0.05),
    st.integers(3, 30),
)
def test_the_replicates_asked_for_would_settle_it(
    center: float, half_width: float, replicates: int
) -> None:
    judged = ratio_from_interval(
        center, center / (1 + half_width), center * (1 + half_width), replicates
    )
    more = more_replicates(judged, judged.p_value or 0.0, MARGIN)
    if more is None or verdicts([judged], MARGIN)[0].name != "inconclusive":
        return
    count = replicates + more
    scale = half_width_factor(count) / half_width_factor(replicates)
    narrower = (1 + half_width) ** scale
    later = ratio_from_interval(center, center / narrower, center * narrower, count)
    assert verdicts([later], MARGIN)[0].name != "inconclusive"
