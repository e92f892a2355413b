"""Tuning: one test a searcher, as tuning scenarios and options select them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import recorder

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from bench.tuning.searches import Searched


def test_tuning(search: str, searched: Searched, benchmark: BenchmarkFixture) -> None:
    """Enter what a searcher found, with the seconds of its fits."""
    recorder.put_fits(benchmark, search, searched)
    if not searched.outcomes:
        pytest.fail("the budget ended before any configuration was judged on all folds")
