from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from results.judging import stats, work
from results.judging.stats import Ratio
from results.judging.work import amount_ratio, time_ratio

AMOUNTS = st.lists(st.floats(1.0, 1e6), min_size=3, max_size=8)


def unit(center: float = 1.0, error: float = 0.01, replicates: int = 5) -> Ratio:
    return stats.from_logs(math.log(center), error, replicates - 1.0, replicates)


def test_without_spread_between_processes_it_is_welchs_test_on_logarithms() -> None:
    case, baseline = [100.0, 130.0, 90.0, 160.0], [200.0, 210.0, 190.0, 260.0, 240.0]
    found = time_ratio(case, baseline, unit(error=0.0))
    welch = scipy_stats.ttest_ind(np.log(case), np.log(baseline), equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert found is not None
    assert found.p_value == pytest.approx(welch.pvalue)
    assert (found.low, found.high) == pytest.approx(
        (math.exp(interval.low), math.exp(interval.high))
    )


def test_amounts_alone_are_judged_by_welchs_test_on_logarithms() -> None:
    case, baseline = [100.0, 130.0, 90.0, 160.0], [200.0, 210.0, 190.0, 260.0, 240.0]
    found = amount_ratio(case, baseline)
    welch = scipy_stats.ttest_ind(np.log(case), np.log(baseline), equal_var=False)
    assert found is not None
    assert found.value == pytest.approx(np.exp(np.mean(np.log(case)) - np.mean(np.log(baseline))))
    assert (found.p_value, found.freedom) == pytest.approx((welch.pvalue, welch.df))
    assert found.replicates == 4


@pytest.mark.parametrize(("more", "p_value"), [(0.0, 1.0), (1.0, 0.0)])
def test_amounts_without_spread_are_told_apart_by_any_difference(
    more: float, p_value: float
) -> None:
    found = amount_ratio([100.0 + more] * 3, [100.0] * 3)
    assert found is not None
    assert found.p_value == p_value


def test_it_is_coarse_where_looks_hide_more_than_seeds_do() -> None:
    look = 500.0
    for deviation in (0.0, 1.0):
        case, baseline = (
            [center * math.exp(deviation * each) for each in (-1, 0, 1)]
            for center in (2000.0, 3000.0)
        )
        found = amount_ratio(case, baseline, (look, look))
        assert found is not None
        are_together = deviation == 0.0
        assert work.is_coarse(found, (case, baseline), (look, look)) is are_together


def test_without_spread_between_seeds_it_is_the_interval_of_the_unit() -> None:
    step = unit(center=0.5, error=0.02)
    found = time_ratio([100.0] * 3, [400.0] * 5, step)
    assert found is not None
    assert found.value == pytest.approx(0.125)
    assert (found.low, found.high) == pytest.approx((step.low / 4, step.high / 4))  # type: ignore[operator]


@given(AMOUNTS, AMOUNTS, st.floats(0.1, 10.0), st.floats(0.001, 0.1))
@settings(deadline=None)
def test_turned_round_it_is_its_reciprocal(
    case: list[float], baseline: list[float], center: float, error: float
) -> None:
    one = time_ratio(case, baseline, unit(center, error))
    other = time_ratio(baseline, case, unit(1.0 / center, error))
    assert one is not None
    assert other is not None
    assert one.value * other.value == pytest.approx(1.0)
    assert one.low * other.high == pytest.approx(1.0)  # type: ignore[operator]


@given(AMOUNTS, AMOUNTS, st.floats(0.5, 100.0))
@settings(deadline=None)
def test_more_work_for_each_seed_takes_as_much_longer(
    case: list[float], baseline: list[float], factor: float
) -> None:
    one = time_ratio(case, baseline, unit())
    more = time_ratio([factor * amount for amount in case], baseline, unit())
    assert one is not None
    assert more is not None
    assert more.value == pytest.approx(factor * one.value)
    assert more.freedom == pytest.approx(one.freedom)


@given(AMOUNTS, AMOUNTS)
@settings(deadline=None)
def test_the_interval_holds_the_luck_of_both(case: list[float], baseline: list[float]) -> None:
    found = time_ratio(case, baseline, unit(error=0.05))
    assert found is not None
    error = stats.log_error(found)
    assert error is not None
    spreads = [np.var(np.log(each), ddof=1) / len(each) for each in (case, baseline)]
    assert error == pytest.approx(math.sqrt(sum(spreads) + 0.05**2), rel=1e-6)


@pytest.mark.parametrize(
    ("of_case", "spreads", "looks", "most"),
    [
        pytest.param(0.5, (0.3, 0.1), (0.05, 0.15), 0.98, id="seeds_over_many_looks"),
        pytest.param(0.8, (0.02, 0.02), (0.15, 0.3), 1.0, id="all_seeds_at_one_look"),
    ],
)
def test_it_covers_the_truth_as_often_as_it_says(
    of_case: float, spreads: tuple[float, float], looks: tuple[float, float], most: float
) -> None:
    """Processes spread by 2 %, and amounts are seen at looks: 95 % intervals of 2,000 cases."""
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(2_000):
        look = random.uniform(*looks)  # over the amount of the baseline
        exact = [
            np.exp(random.normal(math.log(center), spread, 5))
            for center, spread in zip((of_case, 1.0), spreads, strict=True)
        ]
        case, baseline = ([float(x) for x in np.ceil(each / look) * look] for each in exact)
        logs = random.normal(math.log(0.8), 0.02, 5)
        step = stats.from_logs(float(np.mean(logs)), float(scipy_stats.sem(logs)), 4.0, 5)
        found = time_ratio(case, baseline, step, (look, look))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.8 * of_case <= found.high
    assert 0.93 <= covered / 2_000 <= most


def test_seeds_that_arrive_together_may_be_a_look_apart() -> None:
    step, look = unit(error=0.01), 13_760.0
    found = time_ratio([2 * look] * 3, [3 * look] * 3, step, (look, look))
    exact = time_ratio([2 * look] * 3, [3 * look] * 3, step)
    assert found is not None
    assert exact is not None
    assert found.value == exact.value
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 / 3 * 1.5 < 1.0 < found.high  # 1.01 looks of 3, or 2 of 2.01
    assert exact.p_value is not None
    assert exact.p_value < 1e-4


@given(st.floats(1.0, 100.0), st.floats(0.0, 1.0))
def test_what_rounding_hides_is_the_variance_of_a_number_anywhere_between_two_looks(
    end: float, share: float
) -> None:
    places = np.log(end * (1.0 - share * (np.arange(20_000) + 0.5) / 20_000))
    hidden = work.rounding([end, end], end * share)
    assert hidden == pytest.approx(float(np.var(places)), rel=0.01, abs=1e-9)


@pytest.mark.parametrize(
    ("case", "baseline", "replicates"),
    [([1.0], [1.0, 2.0], 5), ([1.0, 2.0], [1.0], 5), ([1.0, 2.0], [1.0, 2.0], 1)],
)
def test_what_is_single_has_no_interval(
    case: list[float], baseline: list[float], replicates: int
) -> None:
    step = Ratio(value=1.0, low=None, high=None, p_value=None, replicates=1)
    assert time_ratio(case, baseline, unit() if replicates > 1 else step) is None


def test_it_has_as_many_replicates_as_the_scarcest() -> None:
    found = time_ratio([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], unit(replicates=3))
    assert found is not None
    assert found.replicates == 3
