"""What was chosen among the variants of a group, as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tabulate

from results import accuracy, promise, report
from results.choice import memory_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.choice import Choice
    from results.row import Row

HEADERS = (
    "variant",
    "time ratio",
    "promised",
    "realised",
    "realised / promised",
    "memory",
    "size",
    "top-1 (%)",
    "accuracy",
)


def frontier(front: Sequence[Row], beaten: Sequence[tuple[Row, Row]], group: Sequence[Row]) -> str:
    """What nothing beats in a group, then what is beaten by what, then what could not be judged."""
    title = f"{_title(group)}: nothing beats {len(front)} of {len(front) + len(beaten)} variants"
    lines = [title, *_distrust(group), "", _numbers(front), "", "Beaten in all three by:"]
    lines += [f"  {_name(row)}: {_name(better)}" for row, better in beaten] or ["  none"]
    judged = [*front, *(row for row, _ in beaten)]
    unknown = [_name(row) for row in group if row not in judged]
    lines += ["Time ratio: over the baseline's, smaller is faster.", promise.DEFINITION]
    lines += [accuracy.DEFINITION]
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
        lines += ["", _numbers(choice.fitting[:2]), ""]
    if slower := choice.fitting[2:]:
        lines += [f"fit and are slower: {', '.join(map(_name, slower))}"]
    if choice.fallen:
        lines += ["fell out:", *(f"  {_name(row)}: {why}" for row, why in choice.fallen)]
    return "\n".join(lines) + "\n"


def _title(group: Sequence[Row]) -> str:
    case = group[0].record.case
    models = ", ".join(dict.fromkeys(row.record.case.model for row in group))
    return f"{case.scenario}: {models}, {report.conditions(case)}"


def _distrust(group: Sequence[Row]) -> Iterator[str]:
    yield from dict.fromkeys(line for row in group for line in row.distrust)


def _name(row: Row) -> str:
    case = row.record.case
    return f"{row.variant}/{case.engine}-{case.precision}"


def _numbers(rows: Sequence[Row]) -> str:
    return tabulate.tabulate(map(_cells, rows), HEADERS, disable_numparse=True)


def _cells(row: Row) -> list[str]:
    found = row.promise
    return [
        _name(row),
        report.time_ratio(row) or "1",
        report.share(found.promised) if found else "",
        report.realised(row),
        report.share(found.quotient) if found else "",
        report.size(memory_of(row)),
        report.size(row.record.value("artifact_bytes")),
        report.accuracy(row.record),
        row.accuracy.name if row.accuracy else "",
    ]
