"""Ratios of stats that do not divide by the baseline: through it, and of what happens once."""

from __future__ import annotations

import pytest

from results.judging import stats
from tests.results.made_up import EVEN, blocks

LUCK = (1.0, 1.3, 0.8, 1.1, 0.9)  # of five processes
BASELINE = blocks(1e-3, LUCK)


def test_through_the_baseline_the_luck_of_its_processes_leaves_the_ratio() -> None:
    case, other = blocks(0.6e-3, EVEN), blocks(1.2e-3, EVEN)
    found = stats.ratio_through(case, other, BASELINE)
    assert found is not None
    assert [found.low, found.value, found.high] == pytest.approx([0.5, 0.5, 0.5])
    apart = stats.ratio(case, BASELINE)
    assert apart is not None
    assert apart.low is not None
    assert apart.low < 0.9 * apart.value


def test_through_the_baseline_two_cases_need_no_round_in_common() -> None:
    early = [block for block in blocks(2e-3, EVEN) if block.round < 2]
    late = [block for block in blocks(1e-3, EVEN) if block.round >= 2]
    assert stats.ratio(early, late) is None
    found = stats.ratio_through(early, late, BASELINE)
    assert found is not None
    assert found.value == pytest.approx(2.0)
    assert found.replicates == 5


def test_through_the_baseline_only_the_replicates_of_both_count() -> None:
    case = [block for block in blocks(2e-3, EVEN) if block.replicate < 3]
    found = stats.ratio_through(case, blocks(1e-3, EVEN), BASELINE)
    assert found is not None
    assert found.replicates == 3
    assert stats.ratio_through(case, [], BASELINE) is None


def test_through_itself_the_baseline_divides_as_it_does_alone() -> None:
    case = blocks(0.7e-3)
    assert stats.ratio_through(case, BASELINE, BASELINE) == stats.ratio(case, BASELINE)


def test_what_happens_once_a_process_is_paired_by_replicate() -> None:
    found = stats.ratio_of_processes({0: 2.0, 1: 20.0, 3: 9.0}, {0: 1.0, 1: 10.0, 2: 5.0})
    assert found is not None
    assert found.value == pytest.approx(2.0)
    assert found.replicates == 2
    assert stats.ratio_of_processes({0: 1.0}, {1: 1.0}) is None
