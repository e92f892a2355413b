"""The tables of one scenario for Markdown: one for each model, and below it what was not had."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.row import Row
    from results.layout.sheet import Sheet

SKIPPED = "skipped"


def ordered(of_scenario: Sequence[Row]) -> Sequence[Row]:
    """The rows of each model with the skipped ones last, so that footnotes count as they stand."""
    places = {place: number for number, place in enumerate(dict.fromkeys(map(_place, of_scenario)))}
    return sorted(of_scenario, key=lambda row: (places[_place(row)], _is_skipped(row)))


def lines(whole: Sheet) -> Iterator[str]:
    """Headings, tables and lists of rows that are `ordered`, with empty lines between them."""
    for heading, group in zip(whole.headings(), whole.groups, strict=True):
        yield from (f"**{heading}**", "")
        by_model = [list(rows) for _, rows in groupby(group, key=_model)]
        if len(by_model) > 1 and group[0].record.case.is_baseline:
            yield from (f"All are compared with {_named(group[0])}.", "")
        for rows in by_model:
            if len(by_model) > 1:
                yield from (f"**{_model(rows[0])}**", "")
            yield from _of_model(whole, group, rows)


def _of_model(whole: Sheet, group: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    shown = [row for row in rows if not _is_skipped(row)]
    if shown:
        yield from (whole.part(shown, group), "")
    if left := [row for row in rows if _is_skipped(row)]:
        yield from (f"Not available: {'; '.join(_not_had(whole, left))}.", "")


def _not_had(whole: Sheet, rows: Sequence[Row]) -> Iterator[str]:
    """Such as "channels_last (onnxruntime fp32, openvino fp32) [1]": rows of one reason as one."""
    for (variant, marks), same in groupby(rows, key=lambda row: (row.variant, whole.marks(row))):
        engines = ", ".join(_engine(row) for row in same)
        yield f"{variant} ({engines}) {marks}".rstrip()


def _named(row: Row) -> str:
    return f"{row.variant}, {_engine(row)}"


def _engine(row: Row) -> str:
    return f"{row.record.case.engine} {row.record.case.precision}"


def _place(row: Row) -> tuple[object, ...]:
    return (row.group, _model(row))


def _model(row: Row) -> str:
    return row.record.case.model


def _is_skipped(row: Row) -> bool:
    return row.record.status == SKIPPED
