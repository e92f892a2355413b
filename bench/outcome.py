"""Tells pytest what became of one case; the tests of every task do."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from bench import recorder
from bench.measuring import fidelity
from bench.plugin import STATE

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from bench.case import Case
    from results.record import Record


def tell(case: Case, record: Record, benchmark: BenchmarkFixture, config: pytest.Config) -> None:
    """Enter what was measured; skip or fail the test, with the reason, if that could not be."""
    recorder.put(benchmark, record)
    for doubt in fidelity.doubts(case.scenario.dataset, record.quantities):
        warnings.warn(f"{case.id}: {doubt}", stacklevel=1)  # pytest tells them in its summary
    if record.status in {"skipped", "built"}:
        pytest.skip(record.reason or "")
    if record.status == "failed":
        pytest.fail(record.reason or "", pytrace=False)
    config.stash[STATE].reported.add(case.id)
