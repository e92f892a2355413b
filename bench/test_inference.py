"""Inference: one test a case, as scenarios and options select them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from bench import fidelity, recorder
from bench.plugin import STATE

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from bench.case import Case
    from results.record import Record


def test_inference(
    case: Case, record: Record, benchmark: BenchmarkFixture, pytestconfig: pytest.Config
) -> None:
    """Enter what was measured of the case, or say why it could not be."""
    recorder.put(benchmark, record)
    for doubt in fidelity.doubts(case.scenario.dataset, record.quantities):
        warnings.warn(f"{case.id}: {doubt}", stacklevel=1)  # pytest tells them in its summary
    if record.status in {"skipped", "built"}:
        pytest.skip(record.reason or "")
    if record.status == "failed":
        pytest.fail(record.reason or "", pytrace=False)
    pytestconfig.stash[STATE].reported.add(case.id)
