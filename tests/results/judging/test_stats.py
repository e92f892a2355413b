"""The statistics: exact small examples, properties, and coverage of simulated truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from results.judging import stats
from results.record import Block
from tests.results.made_up import blocks

durations = st.floats(min_value=1e-7, max_value=10.0)


def block(*durations_s: float, replicate: int = 0, turn: int = 0) -> Block:
    return Block(
        replicate=replicate,
        round=turn,
        position=0,
        iterations=len(durations_s),
        durations_s=durations_s,
    )


@st.composite
def paired_blocks(draw: st.DrawFn) -> tuple[list[Block], list[Block]]:
    """A case and a baseline with 1 to 5 replicates of 1 to 4 rounds of 1 to 6 durations."""
    turns = list(itertools.product(range(draw(st.integers(1, 5))), range(draw(st.integers(1, 4)))))
    some = st.lists(durations, min_size=1, max_size=6)
    return tuple(  # type: ignore[return-value]
        [block(*draw(some), replicate=replicate, turn=turn) for replicate, turn in turns]
        for _ in range(2)
    )


@pytest.mark.parametrize(
    ("p", "count"), [(0.5, 11), (0.9, 64), (0.95, 130), (0.99, 662), (0.999, 6636), (0.1, 64)]
)
def test_percentiles_need_these_counts(p: float, count: int) -> None:
    assert stats.least_samples(p) == count


@pytest.mark.parametrize("p", [0.0, 1.0, -1.0, 50.0, math.nan])
def test_what_is_no_percentile_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="expected a fraction between 0 and 1"):
        stats.least_samples(p)


@pytest.mark.parametrize("p", [0.5, 0.9, 0.95, 0.99])
def test_a_percentile_is_withheld_one_sample_below_its_count(p: float) -> None:
    few = [1.0] * (stats.least_samples(p) - 1)
    assert stats.percentile(few, p) is None
    assert stats.percentile_interval(few, p) is None
    assert stats.percentile([*few, 1.0], p) == 1.0
    assert stats.percentile_interval([*few, 1.0], p) == (1.0, 1.0)


@given(st.lists(durations, min_size=64, max_size=200), st.sampled_from([0.5, 0.9]), st.randoms())
def test_a_percentile_is_a_value_with_its_share_below_in_any_order(
    values: list[float], p: float, random: object
) -> None:
    found = stats.percentile(values, p)
    assert found in values
    assert sum(value <= found for value in values) >= p * len(values)
    assert sum(value < found for value in values) < p * len(values)
    random.shuffle(values)  # type: ignore[attr-defined]
    assert stats.percentile(values, p) == found


@given(st.lists(durations, min_size=64, max_size=200), st.sampled_from([0.5, 0.9]))
def test_a_percentile_lies_in_its_interval(values: list[float], p: float) -> None:
    low, high = stats.percentile_interval(values, p) or (math.nan, math.nan)
    assert low <= (stats.percentile(values, p) or math.nan) <= high


@pytest.mark.parametrize(("p", "count"), [(0.5, 11), (0.5, 100), (0.9, 64), (0.99, 700)])
def test_percentile_intervals_cover_at_least_what_they_promise(p: float, count: int) -> None:
    random = np.random.default_rng(20)
    covered = 0
    for _ in range(400):
        low, high = stats.percentile_interval(random.random(count).tolist(), p) or (2.0, 2.0)
        covered += low <= p <= high
    assert covered / 400 > 0.93


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ((2.0,), 2.0),
        ((3.0, 1.0), 1.0),
        ((1.0, 3.0, 100.0), 2.0),
        ((9.0, 1.0, 2.0, 4.0, 2.0, 3.0, 9.0, 99.0), 2.0),
    ],
)
def test_a_block_is_as_fast_as_its_faster_half(values: tuple[float, ...], level: float) -> None:
    assert stats.block_level(block(*values)) == level


@given(paired_blocks(), st.floats(0.01, 100.0))
def test_slowing_the_case_by_c_multiplies_the_ratio_by_c(
    pair: tuple[list[Block], list[Block]], c: float
) -> None:
    case, baseline = pair
    slowed = [
        block(*(c * each for each in b.durations_s), replicate=b.replicate, turn=b.round)
        for b in case
    ]
    before, after = stats.ratio(case, baseline), stats.ratio(slowed, baseline)
    assert before is not None
    assert after is not None
    assert after.value == pytest.approx(c * before.value)
    if before.low is not None and after.low is not None:
        assert after.low == pytest.approx(c * before.low, rel=1e-6)


@given(paired_blocks(), st.randoms())
def test_the_order_of_the_blocks_does_not_matter(
    pair: tuple[list[Block], list[Block]], random: object
) -> None:
    case, baseline = pair
    before = stats.ratio(case, baseline)
    random.shuffle(case)  # type: ignore[attr-defined]
    random.shuffle(baseline)  # type: ignore[attr-defined]
    assert stats.ratio(case, baseline) == before


@given(paired_blocks())
def test_swapping_case_and_baseline_inverts_the_ratio(
    pair: tuple[list[Block], list[Block]],
) -> None:
    there, back = stats.ratio(*pair), stats.ratio(*pair[::-1])
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(1.0)
    assert there.p_value == pytest.approx(back.p_value, abs=1e-9)


@given(paired_blocks())
def test_a_ratio_lies_in_its_interval_and_among_its_replicates(
    pair: tuple[list[Block], list[Block]],
) -> None:
    found = stats.ratio(*pair)
    assert found is not None
    near = 1 + 1e-9
    assert min(found.replicate_ratios) <= found.value * near
    assert found.value <= max(found.replicate_ratios) * near
    if found.replicates > 1:
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value * near
        assert found.value <= found.high * near


def test_drift_that_both_share_cancels() -> None:
    drift = [1.0, 1.3, 1.7, 2.2]
    case = [block(2.0 * d, replicate=r, turn=t) for r in range(3) for t, d in enumerate(drift)]
    baseline = [block(d, replicate=r, turn=t) for r in range(3) for t, d in enumerate(drift)]
    found = stats.ratio(case, baseline)
    assert found is not None
    assert found.value == pytest.approx(2.0)


def test_disturbed_rounds_do_not_move_the_ratio_while_they_are_fewer_than_half() -> None:
    case = [block(50.0 if t < 3 else 1.0, replicate=r, turn=t) for r in range(3) for t in range(7)]
    found = stats.ratio(case, blocks(1.0, (1.0, 1.0, 1.0), rounds=7))
    assert found is not None
    assert (found.value, found.low, found.high, found.p_value) == (1.0, 1.0, 1.0, 1.0)


def test_one_replicate_has_no_interval() -> None:
    found = stats.ratio(blocks(2.0, (1.0,)), blocks(1.0, (1.0,)))
    assert found == stats.Ratio(
        value=2.0, low=None, high=None, p_value=None, replicates=1, replicate_ratios=(2.0,)
    )


def test_without_spread_only_exact_equality_is_likely() -> None:
    found = stats.ratio(blocks(2.0, (1.0, 1.0, 1.0)), blocks(1.0, (1.0, 1.0, 1.0)))
    assert found is not None
    assert (found.value, found.low, found.high, found.p_value) == (2.0, 2.0, 2.0, 0.0)


@pytest.mark.parametrize(
    ("own", "baseline"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([block(1.0, turn=0)], [block(1.0, turn=1)], id="no_round_in_common"),
        pytest.param([block(1.0, replicate=0)], [block(1.0, replicate=1)], id="no_replicate"),
        pytest.param([block()], [block(1.0)], id="no_durations"),
        pytest.param([block(0.0)], [block(1.0)], id="zero_by_a_coarse_clock"),
    ],
)
def test_without_common_rounds_there_is_no_ratio(own: list[Block], baseline: list[Block]) -> None:
    assert stats.ratio(own, baseline) is None


def test_a_replicate_that_only_one_side_ran_is_left_out() -> None:
    found = stats.ratio(blocks(2.0, (1.0, 1.0, 9.0)), blocks(1.0, (1.0, 1.0)))
    assert found is not None
    assert (found.value, found.replicates) == (2.0, 2)


@given(st.floats(0.1, 10.0), st.floats(0.001, 0.5), st.integers(2, 30))
def test_a_stored_interval_gives_back_its_ratio(
    value: float, relative: float, replicates: int
) -> None:
    low, high = value / (1 + relative), value * (1 + relative)
    found = stats.ratio_from_interval(value, low, high, replicates)
    assert found.p_value is not None
    outside = not low <= 1.0 <= high
    if abs(found.p_value - 0.05) > 1e-6:  # the interval's edge lies on 1
        assert (found.p_value < 0.05) == outside


@pytest.mark.parametrize("replicates", [2, 3, 5, 20])
def test_an_interval_that_ends_at_1_has_a_p_value_of_5_percent(replicates: int) -> None:
    found = stats.ratio_from_interval(1.05, 1.0, 1.05**2, replicates)
    assert found.p_value == pytest.approx(0.05)


def test_a_stored_interval_has_the_p_value_of_its_blocks() -> None:
    whole = stats.ratio(blocks(1.002), blocks(1.0, (1.0,) * 5))
    assert whole is not None
    assert whole.low is not None
    assert whole.high is not None
    stored = stats.ratio_from_interval(whole.value, whole.low, whole.high, whole.replicates)
    assert stored.p_value == pytest.approx(whole.p_value)


def test_two_runs_are_compared_by_welchs_t_test() -> None:
    one, other = [0.01, 0.02, 0.015], [0.05, 0.02, 0.06, 0.04, 0.03]
    base, head = (
        stats.ratio(blocks(1.0, [math.exp(x) for x in logs]), blocks(1.0, (1.0,) * len(logs)))
        for logs in (one, other)
    )
    assert base is not None
    assert head is not None
    found = stats.between(base, head)
    expected = scipy_stats.ttest_ind(other, one, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found is not None
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.freedom == pytest.approx(expected.df)
    assert math.log(found.low or 0) == pytest.approx(interval.low)
    assert math.log(found.high or 0) == pytest.approx(interval.high)
    assert stats.log_error(found) == pytest.approx(math.hypot(*map(scipy_stats.sem, (one, other))))


def test_two_runs_without_any_spread_differ_exactly() -> None:
    flat = (1.0, 1.0, 1.0)
    base, head = (
        stats.ratio(blocks(1.0, flat), blocks(1.0, flat)),
        stats.ratio(blocks(3.0, flat), blocks(1.0, flat)),
    )
    assert base is not None
    assert head is not None
    found = stats.between(base, head)
    assert found is not None
    assert found.low == found.high == pytest.approx(3.0)
    assert found.p_value == 0.0


def test_a_run_without_an_interval_cannot_be_compared() -> None:
    whole = stats.ratio(blocks(1.0), blocks(1.0))
    single = stats.ratio(blocks(1.0, (1.0,)), blocks(1.0, (1.0,)))
    assert whole is not None
    assert single is not None
    assert stats.between(whole, single) is None
    assert stats.between(single, whole) is None


def test_spread_is_the_relative_deviation_between_replicates() -> None:
    assert stats.spread(blocks(5.0, (1.0, 1.1))) == pytest.approx(math.log(1.1) / math.sqrt(2))
    assert stats.spread(blocks(5.0, (1.0, 1.0))) == 0.0
    assert stats.spread(blocks(5.0, (1.0,))) is None
    assert stats.spread([]) is None


def test_benjamini_hochberg_matches_its_paper() -> None:
    # Benjamini & Hochberg 1995, section 3.2: at 5 % the four smallest of fifteen are called.
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_values += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    adjusted = stats.benjamini_hochberg(p_values)
    assert sum(p <= 0.05 for p in adjusted) == 4
    assert stats.benjamini_hochberg([]) == []


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_correction_never_makes_a_p_value_smaller(p_values: list[float]) -> None:
    adjusted = stats.benjamini_hochberg(p_values)
    assert all(
        after >= before * (1 - 1e-12) for before, after in zip(p_values, adjusted, strict=True)
    )
