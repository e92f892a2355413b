"""Chooses among the variants of a group the one to use within given limits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from results.choosing.better import memory_of, speed, time_of
from results.choosing.preference import deciding, preferred
from results.judging import accuracy, controls
from results.judging.target import is_training
from results.layout import report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.choosing.better import Margins
    from results.judging.row import Row

POINTS = 100.0  # percentage points in a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a variant must keep to; None asks nothing more."""

    # Fraction of the test set, against the group's baseline. None: nothing that is worse than its
    # model's dense network, or below 99 % of the baseline.
    accuracy_drop: float | None = None
    memory_bytes: float | None = None  # most that its process held
    throughput_per_s: float | None = None  # samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One group's variants: those that fit, and why the others do not."""

    fitting: tuple[Row, ...]  # the pick, the runner-up, then the others, the fastest first
    fallen: tuple[tuple[Row, str], ...]
    decided: str | None  # why the pick comes before the runner-up; None without the two


def groups(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """The variants of each group; A/A twins are copies, and none to choose.

    Nor is there one among trainings: their steps make no model faster that is shipped.
    """
    found = [
        tuple(row for row in same if not controls.is_twin(row.record))
        for _, same in groupby(rows, key=lambda row: row.group)
    ]
    return [group for group in found if group and not any(is_training(r.record) for r in group)]


def choose(group: Sequence[Row], limits: Limits, margins: Margins) -> Choice:
    """Sort a group into what fits the limits and what does not; times are those over the baseline.

    Times over the baseline, not latencies: they were measured in turns and share what slowed the
    machine meanwhile.
    """
    baseline = next((row for row in group if row.record.case.is_baseline), None)
    reasons = [(row, _reason(row, limits, baseline)) for row in group]
    others = sorted((row for row, reason in reasons if not reason), key=speed)
    first: list[Row] = []
    while others and len(first) < 2:  # noqa: PLR2004 - the pick and the runner-up
        first.append(preferred(others, margins))
        others = [row for row in others if row is not first[-1]]
    return Choice(
        fitting=(*first, *others),
        fallen=tuple((row, reason) for row, reason in reasons if reason),
        decided=deciding(first[0], first[1], margins) if first[1:] else None,
    )


def _reason(row: Row, limits: Limits, baseline: Row | None) -> str:
    """Why a row is no answer: every limit that it breaks; empty if it is one."""
    if time_of(row) is None:
        is_measured = row.record.status == "measured"
        return "without a time over its baseline" if is_measured else row.record.ending
    return "; ".join(_broken(row, limits, baseline))


def _broken(row: Row, limits: Limits, baseline: Row | None) -> Iterator[str]:
    if limits.accuracy_drop is None:
        yield from _worse(row, baseline)
    else:
        change = 0.0 if row.record.case.is_baseline else row.accuracy_change
        if change is None or row.record.value("accuracy") is None:
            yield "its accuracy was not measured"
        elif -change > limits.accuracy_drop + accuracy.ROUNDING:
            allowed = f"at most {POINTS * limits.accuracy_drop:g}"
            yield f"loses {-POINTS * change:.2f} points of accuracy, {allowed}"
    if limits.memory_bytes is not None:
        memory = memory_of(row)
        if memory is None:
            yield "its memory was not measured"
        elif memory > limits.memory_bytes:
            allowed = report.size(limits.memory_bytes)
            needed = _unlike(allowed, report.size(memory), f"{memory:,.0f} B")
            yield f"needs {needed} of memory, at most {allowed}"
    if limits.throughput_per_s is not None:
        throughput = row.record.value("throughput_per_s")
        if throughput is None:
            yield "its throughput was not measured"
        elif throughput < limits.throughput_per_s:
            allowed = f"{limits.throughput_per_s:g}"
            found = _unlike(allowed, f"{throughput:.0f}", f"{throughput:.6g}")
            yield f"{found} samples per s, at least {allowed}"


def _unlike(allowed: str, found: str, exact: str) -> str:
    """What was found, in more digits where it would read like what is allowed."""
    return exact if found == allowed else found


def _worse(row: Row, baseline: Row | None) -> Iterator[str]:
    """Why a row's accuracy is not good enough where nobody said how much may be lost."""
    if row.accuracy and row.accuracy.name == "worse":
        yield f"accuracy is worse than dense: {row.accuracy.why}"
    own = row.record.value("accuracy")
    before = baseline.record.value("accuracy") if baseline else None
    if own is None or before is None:
        return
    if own < accuracy.LEAST_SHARE * before - accuracy.ROUNDING:
        least = f"{POINTS * accuracy.LEAST_SHARE:g} % of the baseline's {POINTS * before:.4g} %"
        yield f"accuracy of {POINTS * own:.4g} % is below {least}"
