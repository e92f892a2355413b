"""Chooses among the variants of a group: those that nothing beats, and what fits given limits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from results import accuracy, controls, report
from results.target import is_training

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.row import Row

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
    """One group's variants: those that fit, the fastest first, and why the others do not."""

    fitting: tuple[Row, ...]
    fallen: tuple[tuple[Row, str], ...]

    @property
    def is_close(self) -> bool:
        """Whether the intervals of the two fastest overlap: chance may have ordered them."""
        if len(self.fitting) < 2:  # noqa: PLR2004 - a pick and a runner-up
            return False
        pick, runner_up = self.fitting[:2]
        return _ends(pick)[1] >= _ends(runner_up)[0]


def groups(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """The variants of each group; A/A twins are copies, and none to choose.

    Nor is there one among trainings: their steps make no model faster that is shipped.
    """
    found = [
        tuple(row for row in same if not controls.is_twin(row.record))
        for _, same in groupby(rows, key=lambda row: row.group)
    ]
    return [group for group in found if group and not any(is_training(r.record) for r in group)]


def choose(group: Sequence[Row], limits: Limits) -> Choice:
    """Sort a group into what fits the limits and what does not; times are those over the baseline.

    Times over the baseline, not latencies: they were measured in turns and share what slowed the
    machine meanwhile.
    """
    baseline = next((row for row in group if row.record.case.is_baseline), None)
    reasons = [(row, _reason(row, limits, baseline)) for row in group]
    fitting = sorted((row for row, reason in reasons if reason is None), key=_time)
    fallen = tuple((row, reason) for row, reason in reasons if reason is not None)
    return Choice(fitting=tuple(fitting), fallen=fallen)


def frontier(group: Sequence[Row]) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """The Pareto front in time, memory and accuracy, the fastest first, and what beats each other.

    A variant is beaten by one that is at least as good in all three and better in one, as measured:
    within their intervals the order of two may be chance, but whoever takes the better one of the
    two figures loses nothing by it. Accuracies that are equal to the dense network's count as its
    own: some images more or less are no reason to take a slower variant. Rows that lack one of the
    three numbers are in neither list.

    Returns:
        The front, and pairs of a beaten row and the fastest one of the front that beats it.
    """
    known = sorted((row for row in group if _numbers(row)), key=_time)
    front = [row for row in known if not any(_beats(other, row) for other in known)]
    beaten = [
        (row, next(other for other in front if _beats(other, row)))
        for row in known
        if row not in front
    ]
    return front, beaten


def time_of(row: Row) -> float | None:
    """Time over the group's baseline, 1 for itself; None where it was not measured."""
    if row.record.status != "measured":
        return None
    if row.record.case.is_baseline:
        return 1.0
    return row.ratio.value if row.ratio else None


def memory_of(row: Row) -> float | None:
    """Bytes: on the device if there is one, else of the process on the host."""
    on_device = row.record.value("device_peak_bytes")
    return row.record.value("host_peak_bytes") if on_device is None else on_device


def _reason(row: Row, limits: Limits, baseline: Row | None) -> str | None:
    """Why a row is no answer, or None if it is one."""
    if time_of(row) is None:
        return f"{row.record.status}: {row.record.reason or 'without a time over its baseline'}"
    return next(_broken(row, limits, baseline), None)


def _broken(row: Row, limits: Limits, baseline: Row | None) -> Iterator[str]:
    if limits.accuracy_drop is None:
        yield from _worse(row, baseline)
    else:
        change = 0.0 if row.record.case.is_baseline else row.accuracy_change
        if change is None or row.record.value("accuracy") is None:
            yield "its accuracy was not measured"
        elif -change > limits.accuracy_drop + 1e-12:  # 0.995 - 0.990 is not quite 0.005
            allowed = f"at most {POINTS * limits.accuracy_drop:g}"
            yield f"loses {-POINTS * change:.2f} points of accuracy, {allowed}"
    if limits.memory_bytes is not None:
        memory = memory_of(row)
        if memory is None:
            yield "its memory was not measured"
        elif memory > limits.memory_bytes:
            allowed = report.size(limits.memory_bytes)
            yield f"needs {report.size(memory)} of memory, at most {allowed}"
    if limits.throughput_per_s is not None:
        throughput = row.record.value("throughput_per_s")
        if throughput is None:
            yield "its throughput was not measured"
        elif throughput < limits.throughput_per_s:
            yield f"{throughput:.0f} samples per s, at least {limits.throughput_per_s:g}"


def _worse(row: Row, baseline: Row | None) -> Iterator[str]:
    """Why a row's accuracy is not good enough where nobody said how much may be lost."""
    if row.accuracy and row.accuracy.name == "worse":
        yield f"accuracy is worse than dense: {row.accuracy.why}"
    own = row.record.value("accuracy")
    before = baseline.record.value("accuracy") if baseline else None
    if own is not None and before is not None and own < accuracy.LEAST_SHARE * before:
        least = f"{POINTS * accuracy.LEAST_SHARE:g} % of the baseline's {POINTS * before:.4g} %"
        yield f"accuracy of {POINTS * own:.4g} % is below {least}"


def _time(row: Row) -> float:
    """For sorting rows that have one."""
    return time_of(row) or 0.0


def _ends(row: Row) -> tuple[float, float]:
    """The ends of the interval of a row's time over the baseline."""
    time = _time(row)
    if row.ratio is None or row.ratio.low is None or row.ratio.high is None:
        return time, time
    return row.ratio.low, row.ratio.high


def _numbers(row: Row) -> tuple[float, float, float] | None:
    """Time, memory and error: each the better the smaller."""
    is_equal = row.accuracy is not None and row.accuracy.name == "equal"
    judged = row.twin if is_equal and row.twin else row.record
    time, memory, right = time_of(row), memory_of(row), judged.value("accuracy")
    return None if time is None or memory is None or right is None else (time, memory, 1.0 - right)


def _beats(one: Row, other: Row) -> bool:
    ours, theirs = _numbers(one), _numbers(other)
    if ours is None or theirs is None or ours == theirs:
        return False
    return all(our <= their for our, their in zip(ours, theirs, strict=True))
