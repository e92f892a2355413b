"""How often nominal 95 % intervals hold the truth on a simulated machine."""

from __future__ import annotations

import pytest

from tests.results.noise import coverage, coverage_of_two_nights


@pytest.mark.parametrize("between", [0.003, 0.01, 0.05])
@pytest.mark.parametrize("kind", ["drift", "bursts", "tails", "all"])
def test_95_percent_intervals_cover_the_truth(kind: str, between: float) -> None:
    assert 0.92 <= coverage(kind, between=between, tries=600, seed=5) <= 0.98


@pytest.mark.parametrize("between", [0.003, 0.05])
def test_intervals_of_the_change_between_two_nights_cover_the_truth(between: float) -> None:
    assert 0.92 <= coverage_of_two_nights("all", between=between, tries=600, seed=5) <= 0.98
