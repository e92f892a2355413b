"""What was chosen among the variants of a group, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tabulate

from results import report
from results.choice import memory_of, promised, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.choice import Choice
    from results.rows import Row

HEADERS = (
    "variant",
    "time ratio",
    "promised",
    "ratio / promised",
    "memory",
    "size",
    "top-1 (%)",
)
PROMISED = (
    "time ratio: over the baseline's, smaller is faster; promised: the share of the baseline's "
    "MACs that is left. Where the ratio is above what was promised, less arithmetic bought no time."
)


def frontier(front: Sequence[Row], beaten: Sequence[tuple[Row, Row]], group: Sequence[Row]) -> str:
    """What nothing beats in a group, then what is beaten by what, then what could not be judged."""
    title = f"{_title(group)}: nothing beats {len(front)} of {len(front) + len(beaten)} variants"
    lines = [title, *_distrust(group), "", _numbers(front, group), "", "Beaten in all three by:"]
    lines += [f"  {_name(row)}: {_name(better)}" for row, better in beaten] or ["  none"]
    judged = [*front, *(row for row, _ in beaten)]
    unknown = [_name(row) for row in group if row not in judged]
    lines += [PROMISED]
    if unknown:
        lines += [f"Without time, memory or accuracy: {', '.join(unknown)}"]
    return "\n".join(lines) + "\n"


def recommendation(choice: Choice, group: Sequence[Row]) -> str:
    """The pick of a group, the runner-up, and why the others fell out."""
    lines = [f"{_title(group)}: {len(choice.fitting)} of {len(group)} variants fit"]
    lines += _distrust(group)
    if choice.fitting:
        lines += [f"pick: {_name(choice.fitting[0])}"]
    lines += [f"runner-up: {_name(row)}" for row in choice.fitting[1:2]]
    if choice.is_close:
        lines += ["The intervals of these two overlap: which of them is faster is not settled."]
    if choice.fitting:
        lines += ["", _numbers(choice.fitting[:2], group), ""]
    if slower := choice.fitting[2:]:
        lines += [f"fit and are slower: {', '.join(map(_name, slower))}"]
    if choice.fallen:
        lines += ["fell out:", *(f"  {_name(row)}: {why}" for row, why in choice.fallen)]
    return "\n".join(lines) + "\n"


def _title(group: Sequence[Row]) -> str:
    case = group[0].record.case
    threads = f"{case.threads} thread" + ("s" if case.threads != 1 else "")
    return f"{case.scenario}: {case.model}, {case.device}, batch size {case.batch_size}, {threads}"


def _distrust(group: Sequence[Row]) -> Iterator[str]:
    yield from dict.fromkeys(line for row in group for line in row.distrust)


def _name(row: Row) -> str:
    case = row.record.case
    return f"{row.variant}/{case.engine}-{case.precision}"


def _numbers(rows: Sequence[Row], group: Sequence[Row]) -> str:
    baseline = next((row for row in group if row.record.case.is_baseline), None)
    cells = [_cells(row, baseline) for row in rows]
    return tabulate.tabulate(cells, HEADERS, disable_numparse=True)


def _cells(row: Row, baseline: Row | None) -> list[str]:
    share = promised(row, baseline) if baseline else None
    time = time_of(row)
    return [
        _name(row),
        report.time_ratio(row) or "1",
        "" if share is None else f"{share:.3g}",
        "" if share is None or time is None else f"{time / share:.2f}",
        report.size(memory_of(row)),
        report.size(row.record.value("artifact_bytes")),
        report.accuracy(row.record),
    ]
