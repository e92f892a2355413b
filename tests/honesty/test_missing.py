"""Trap: an unsupported case returns at once, its test is green, and nobody misses it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.compare import compare
from results.judging.change import exit_code, worst
from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from results.record import Record

GROUPED = case("grouped")


def run(*others: Record) -> Run:
    return Run(records=(measured(case(baseline=True), 1e-3, 1.0), *others))


BEFORE = run(measured(GROUPED, 1e-3, 1.2))


def times(of: Run) -> Mapping[str, float]:
    return {r.case.id: t for r in of.records if (t := r.value("latency_p50_s")) is not None}


def naive(base: Run, head: Run) -> bool:
    """Whether all is well by the times that both runs have."""
    before, after = times(base), times(head)
    return all(after[name] <= before[name] for name in before.keys() & after.keys())


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param((), id="no_longer_there"),
        pytest.param((record(GROUPED, status="skipped", reason="no such engine"),), id="skipped"),
        pytest.param((record(GROUPED, status="failed", reason="it fell back"),), id="fallen_back"),
    ],
)
def test_a_case_that_is_gone_does_not_pass(gone: tuple[Record, ...]) -> None:
    after = run(*gone)
    assert naive(BEFORE, after)
    changes = compare(BEFORE, after)
    assert worst(changes) == "missing"
    assert exit_code(changes) == 1
    (said,) = [change.why for change in changes if change.verdict == "missing"]
    assert all(one.reason is None or one.reason in said for one in gone)


def test_a_skipped_case_stands_in_the_table_with_its_reason() -> None:
    after = run(record(GROUPED, status="skipped", reason="openvino is not installed"))
    shown = table.text(after, 100)
    assert "skipped: openvino is not installed" in shown
    assert any(line.split()[:2] == ["grouped", "eager"] for line in shown.splitlines())


def test_a_fall_back_that_only_the_facts_show_is_not_compared() -> None:
    """The same trap where the engine runs, and runs elsewhere than before."""
    before, after = (
        run(replace(measured(GROUPED, 1e-3, 1.2), facts={"provider": provider}))
        for provider in ("CUDAExecutionProvider", "CPUExecutionProvider")
    )
    assert naive(before, after)
    changes = compare(before, after)
    assert worst(changes) == "incomparable"
    assert exit_code(changes) == 3
