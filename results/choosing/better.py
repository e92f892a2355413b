"""Which of two variants of a group is better, and whether that can be told from chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from results.judging import accuracy
from results.judging.row import Row
from results.judging.rows import DEFAULT_MARGIN
from results.judging.untimed import MEMORY_MARGIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.judging.accuracy import Judged
    from results.store import Run

Better = Callable[[Row, Row], bool]  # whether the first one is better than the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """By how much two variants must differ before it counts; relative."""

    time: float = DEFAULT_MARGIN
    memory: float = MEMORY_MARGIN


def margins(run: Run, scenario: str) -> Margins:
    """Those that a run stored for a scenario, else the usual ones."""
    return Margins(
        time=run.margins.get(scenario, DEFAULT_MARGIN),
        memory=run.memory_margins.get(scenario, MEMORY_MARGIN),
    )


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


def speed(row: Row) -> tuple[float, str]:
    """Sorts rows that have a time, the fastest first, and by name where times are equal."""
    return time_of(row) or 0.0, row.record.case.id


def is_faster(one: Row, other: Row, margin: float) -> bool:
    """Whether the times differ by more than the margin and their intervals do not overlap.

    Intervals in which only their ends count are an interval order (Fishburn 1970): of three, the
    first is faster than the third if it is faster than the second and that than the third. So it is
    with clocks: nobody is slower for one that was held down on its side alone.
    """
    apart = speed(one)[0] * (1.0 + margin) < speed(other)[0]
    return apart and _ends(one)[1] < _ends(other)[0] and held_down(other) <= held_down(one)


def held_down(row: Row) -> int:
    """1: its clock was held down and the baseline's was not, -1: the reverse, 0: neither."""
    return row.ratio.held_down if row.ratio else 0


def has_interval(row: Row) -> bool:
    """Whether it is known how far its time can be trusted; the baseline is what times are over."""
    return row.record.case.is_baseline or (row.ratio is not None and row.ratio.low is not None)


def needs_less(one: Row, other: Row, margin: float) -> bool:
    """Whether it needs less memory by more than the margin; what was not measured needs most."""
    ours, theirs = (memory_of(row) for row in (one, other))
    return ours is not None and (theirs is None or ours * (1.0 + margin) < theirs)


def told(rows: Sequence[Row], margins: Margins) -> Mapping[str, Better]:
    """Whether the first of two of these rows is better than the second, by what it is better in.

    The rows have a time, a memory and an accuracy.
    """
    return {
        "time": lambda one, other: is_faster(one, other, margins.time),
        "memory": lambda one, other: needs_less(one, other, margins.memory),
        "accuracy": _more_accurate(rows),
    }


def _more_accurate(rows: Sequence[Row]) -> Better:
    """By the images themselves, corrected over all pairs of the rows."""
    ordered = sorted(rows, key=_right, reverse=True)
    pairs = list(combinations(ordered, 2))
    verdicts = accuracy.judge([(one.record, other.record) for one, other in pairs])
    found = {
        (one.record.case.id, other.record.case.id)
        for (one, other), verdict in zip(pairs, verdicts, strict=True)
        if _is_told(_right(one), _right(other), verdict)
    }
    return lambda one, other: (one.record.case.id, other.record.case.id) in found


def _is_told(more: float, less: float, verdict: Judged | None) -> bool:
    """Whether one accuracy is better: as a case is against its dense network, either way round."""
    if less < accuracy.LEAST_SHARE * more - accuracy.ROUNDING:
        return True
    if verdict is None:  # no images to go by: what would be a loss if it were significant
        return more - less > accuracy.MOST_LOSS + accuracy.ROUNDING
    return verdict.name == "better"


def _right(row: Row) -> float:
    return row.record.value("accuracy") or 0.0


def _ends(row: Row) -> tuple[float, float]:
    """The ends of the interval of a row's time over the baseline; anything where there is none."""
    if row.record.case.is_baseline:
        return 1.0, 1.0
    if row.ratio is None or row.ratio.low is None or row.ratio.high is None:
        return 0.0, math.inf
    return row.ratio.low, row.ratio.high
