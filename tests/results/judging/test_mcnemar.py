"""The exact test of two accuracies on the same images."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.judging.stats import mcnemar

counts = st.integers(0, 300)


@given(counts, counts)
def test_p_is_a_probability_and_blind_to_the_order(one: int, other: int) -> None:
    assert 0.0 < mcnemar(one, other) <= 1.0
    assert mcnemar(one, other) == pytest.approx(mcnemar(other, one), rel=1e-9)


@given(counts)
def test_as_many_lost_as_gained_is_no_difference(one: int) -> None:
    assert mcnemar(one, one) == 1.0


@given(st.integers(0, 150), st.integers(0, 150))
def test_it_is_twice_the_smaller_tail_of_fair_coins(one: int, other: int) -> None:
    tosses = one + other
    tail = sum(math.comb(tosses, k) for k in range(min(one, other) + 1)) / 2**tosses
    assert mcnemar(one, other) == pytest.approx(min(1.0, 2 * tail), rel=1e-9)


@given(st.integers(0, 100), st.integers(1, 100))
def test_a_more_lopsided_split_is_less_likely(fewer: int, difference: int) -> None:
    assert mcnemar(fewer, fewer + difference + 1) < mcnemar(fewer, fewer + difference)
