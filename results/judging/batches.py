"""Whether an engine gives the same answers at every batch size, judged as accuracy is.

It is the same file on the same images, so that every difference is the engine's. OpenVINO's CPU
plugin, for one, ran a small quantised transformer right up to a batch of 32 and wrong from 64 on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.judging import accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.record import Record

    Sameness = tuple[str, tuple[str, ...], str, str, str]


def notes(records: Sequence[Record]) -> list[str | None]:
    """For each record of a scenario a line, if it answers worse than at its best batch size."""
    best: dict[Sameness, Record] = {}
    for record in records:
        before = best.setdefault(_same(record), record)
        if _accuracy(record) > _accuracy(before):
            best[_same(record)] = record
    # The best one is not held against itself: it would only make the correction harsher.
    others = [best[_same(record)] for record in records]
    pairs = [
        (record, None if other is record else other)
        for record, other in zip(records, others, strict=True)
    ]
    return [
        f"less accurate than at batch size {other.case.batch_size}: {judged.why}"
        if judged is not None and judged.name == "worse"
        else None
        for judged, other in zip(accuracy.judge(pairs), others, strict=True)
    ]


def _accuracy(record: Record) -> float:
    return record.value("accuracy") or 0.0


def _same(record: Record) -> Sameness:
    """What one file and one engine have in common."""
    case = record.case
    return (case.model, case.techniques, case.engine, case.precision, case.device)
