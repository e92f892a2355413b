"""Chooses among the variants of a group: those that nothing beats, and what fits given limits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from results import controls, report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.rows import Row

POINTS = 100.0  # percentage points in a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a variant must keep to; None asks nothing."""

    accuracy_drop: float | None = None  # fraction of the test set, against the group's baseline
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
    """The variants of each group; A/A twins are copies, and none to choose."""
    found = [
        tuple(row for row in same if not controls.is_twin(row.record))
        for _, same in groupby(rows, key=lambda row: row.group)
    ]
    return [group for group in found if group]


def choose(group: Sequence[Row], limits: Limits) -> Choice:
    """Sort a group into what fits the limits and what does not; times are those over the baseline.

    Times over the baseline, not latencies: they were measured in turns and share what slowed the
    machine meanwhile.
    """
    reasons = [(row, _reason(row, limits)) for row in group]
    fitting = sorted((row for row, reason in reasons if reason is None), key=_time)
    fallen = tuple((row, reason) for row, reason in reasons if reason is not None)
    return Choice(fitting=tuple(fitting), fallen=fallen)


def frontier(group: Sequence[Row]) -> tuple[list[Row], list[tuple[Row, Row]]]:
    """The Pareto front in time, memory and accuracy, the fastest first, and what beats each other.

    A variant is beaten by one that is at least as good in all three and better in one, as measured:
    within their intervals the order of two may be chance, but whoever takes the better one of the
    two figures loses nothing by it. Rows that lack one of the three numbers are in neither list.

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


def promised(row: Row, baseline: Row) -> float | None:
    """The share of the baseline's time that the MACs promise: theirs over the baseline's."""
    own, before = row.record.value("macs"), baseline.record.value("macs")
    return own / before if own is not None and before else None


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


def _reason(row: Row, limits: Limits) -> str | None:
    """Why a row is no answer, or None if it is one."""
    if time_of(row) is None:
        return f"{row.record.status}: {row.record.reason or 'without a time over its baseline'}"
    return next(_broken(row, limits), None)


def _broken(row: Row, limits: Limits) -> Iterator[str]:
    if limits.accuracy_drop is not None:
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
    time, memory, accuracy = time_of(row), memory_of(row), row.record.value("accuracy")
    if time is None or memory is None or accuracy is None:
        return None
    return time, memory, 1.0 - accuracy


def _beats(one: Row, other: Row) -> bool:
    ours, theirs = _numbers(one), _numbers(other)
    if ours is None or theirs is None or ours == theirs:
        return False
    return all(our <= their for our, their in zip(ours, theirs, strict=True))
