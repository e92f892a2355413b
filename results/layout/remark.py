"""What is said about a row beside its cells, and which column each remark is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.judging.row import Row
    from results.judging.verdict import Verdict

NOT_LEVEL = "a copy of the baseline was itself ready sooner or later than the baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One sentence about a row."""

    text: str
    column: str | None = None  # without that one in sight it says nothing; None: about the case
    more: int | None = None  # what its cell says of it: replicates that would settle it


def remarks(row: Row) -> Iterator[Remark]:
    """The record's notes, a promise not kept, what is inconclusive and what not to trust."""
    for text in row.record.notes:
        yield Remark(text=text)
    for text in limit.notes(row.record):
        yield Remark(text=text, column="of limit")
    if row.by_batch is not None:
        yield Remark(text=row.by_batch)
    if row.promise is not None and row.promise.note:
        yield Remark(text=row.promise.note)
    yield from _unclear(row.verdict, "vs baseline", "inconclusive")
    if row.ready_verdict is not None:
        column = "ready vs baseline"
        yield from _unclear(row.ready_verdict, column, f"{column} inconclusive")
        if row.ready_verdict.name != "inconclusive" and not row.ready_is_level:
            yield Remark(text=f"{column} untrusted: {NOT_LEVEL}", column=column)
    if row.target is not None and row.target.note:
        column = "time to target vs baseline"
        yield Remark(text=row.target.note, column=column, more=row.target.more)
    for text in row.distrust:
        yield Remark(text=text)


def _unclear(verdict: Verdict | None, column: str, before: str) -> Iterator[Remark]:
    if verdict is not None and verdict.name == "inconclusive":
        yield Remark(text=f"{before}: {verdict.why}", column=column, more=verdict.more)
