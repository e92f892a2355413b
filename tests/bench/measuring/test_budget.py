from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.measuring.budget import BLOCK_S, FEWEST_PASSES, PASSES, Effort, effort
from bench.options import SECONDS_HELP
from scenarios.scenario import Budget

BUDGETS = st.builds(Budget, replicates=st.integers(1, 50), seconds_per_case=st.floats(0.01, 1000.0))


def test_the_default_budget_is_five_replicates_and_one_more_for_who_needs_it() -> None:
    found = effort(Budget())
    assert found == Effort(replicates=5, most_replicates=6, replicate_s=PASSES * BLOCK_S)
    assert found.most_of_controls == 12


def test_seconds_that_planned_replicates_leave_are_for_further_ones() -> None:
    assert effort(Budget(replicates=3, seconds_per_case=3.2)).most_replicates == 10


def test_a_small_budget_makes_replicates_shorter_not_fewer() -> None:
    small = effort(Budget(replicates=4, seconds_per_case=0.4))
    assert (small.replicates, small.most_replicates, small.replicate_s) == (4, 4, 0.1)
    assert small.passes(0.001) == 5


@given(BUDGETS, st.floats(1e-6, 100.0))
def test_the_seconds_are_only_exceeded_by_the_fewest_passes_of_the_planned_replicates(
    budget: Budget, iteration_s: float
) -> None:
    found = effort(budget)
    assert found.most_replicates >= found.replicates == budget.replicates
    passes = found.passes(iteration_s)
    spent_s = found.replicates * passes * max(BLOCK_S, iteration_s)
    assert spent_s <= budget.seconds_per_case * (1 + 1e-9) or passes == FEWEST_PASSES
    fast_s = found.most_replicates * found.passes(BLOCK_S) * BLOCK_S
    assert fast_s <= budget.seconds_per_case * (1 + 1e-9) or found.passes(BLOCK_S) == FEWEST_PASSES


def test_a_slow_case_takes_longer_than_its_seconds() -> None:
    slow = effort(Budget(replicates=5, seconds_per_case=2.0))
    assert slow.replicates * slow.passes(1.0) == 5 * 4  # iterations of a second


def test_the_help_says_the_fewest_blocks() -> None:
    assert f"{FEWEST_PASSES} blocks per process" in SECONDS_HELP


@given(BUDGETS, st.floats(1e-6, 100.0))
def test_passes_stay_between_their_bounds(budget: Budget, iteration_s: float) -> None:
    assert FEWEST_PASSES <= effort(budget).passes(iteration_s) <= PASSES


def test_a_case_with_long_iterations_takes_part_in_fewer_passes() -> None:
    whole = effort(Budget())
    assert whole.passes(BLOCK_S / 100) == PASSES
    assert whole.passes(2 * BLOCK_S) == PASSES // 2
    assert whole.passes(100.0) == FEWEST_PASSES
