"""Inference: one test a case, as scenarios and options select them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.outcome import tell

if TYPE_CHECKING:
    import pytest
    from pytest_benchmark.fixture import BenchmarkFixture

    from bench.case import Case
    from results.record import Record

TASK = "inference"


def test_inference(
    case: Case, record: Record, benchmark: BenchmarkFixture, pytestconfig: pytest.Config
) -> None:
    """Enter what was measured of the case, or say why it could not be."""
    tell(case, record, benchmark, pytestconfig)
