"""Judges two versions of each case that were measured in turns, so that time divides time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from results.comparing.compare import status
from results.judging import trained, untimed
from results.judging.change import Change, latency_change
from results.judging.verdict import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.record import Record

SIZE = "artifact_bytes"
TOLD = (*untimed.EXACT, "accuracy")  # of what has no clock, where the versions differ
# Two versions of the ONNX exporter wrote the same model with 105 bytes more, 0.4 % of a small file.
EXPORTERS_DIFFER = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One case in both versions; the records have its id, in the base and in the head."""

    base: Record
    head: Record
    ratio: Ratio | None  # head over base
    margin: float  # relative


def changes(pairs: Sequence[Pair], size_margin: float = 0.0) -> list[Change]:
    """Every change, in the order of the pairs; times and accuracy are corrected over all.

    Args:
        pairs: the cases in both versions.
        size_margin: by what share sizes may differ, such as EXPORTERS_DIFFER; counts may not.
    """
    timed = [pair for pair in pairs if _is_comparable(pair)]
    judged = iter(verdicts([pair.ratio for pair in timed], [pair.margin for pair in timed]))
    untimed_of: dict[str, list[Change]] = {pair.base.case.id: [] for pair in pairs}
    versions = [(pair.base, pair.head) for pair in timed]
    learnt = trained.changes(versions, [pair.margin for pair in timed])
    for change in (*untimed.changes(versions), *learnt):
        untimed_of[change.case].append(change)
    return [
        _lenient(change, size_margin)
        for pair in pairs
        for change in (
            *_changes(pair, next(judged) if _is_comparable(pair) else None),
            *(each for each in untimed_of[pair.base.case.id] if _is_told(each, pair)),
        )
    ]


def unmeasured(pairs: Sequence[Pair]) -> Iterator[Record]:
    """The head's record of each case that was skipped on both sides: no verdict speaks of it."""
    return (pair.head for pair in pairs if _is_skipped(pair))


def _is_comparable(pair: Pair) -> bool:
    measured = pair.base.status == pair.head.status == "measured"
    return measured and status(pair.base, pair.head) is None


def _is_skipped(pair: Pair) -> bool:
    return pair.base.status == pair.head.status == "skipped"


def _changes(pair: Pair, verdict: Verdict | None) -> Iterator[Change]:
    case = pair.base.case.id
    if verdict is not None:
        yield latency_change(case, pair.ratio, verdict.name, verdict.why)
    elif (judged := status(pair.base, pair.head)) is not None:
        name, why = judged
        yield Change(case=case, metric="status", verdict=name, why=why)
    elif not _is_skipped(pair):
        why = f"measured on neither side: base {_end(pair.base)}; head {_end(pair.head)}"
        yield Change(case=case, metric="status", verdict="incomparable", why=why)


def _is_told(change: Change, pair: Pair) -> bool:
    if change.metric in trained.METRICS:
        return change.verdict != "same"
    before, after = pair.base.value(change.metric), pair.head.value(change.metric)
    return change.metric in TOLD and before != after


def _lenient(change: Change, size_margin: float) -> Change:
    if change.metric != SIZE or change.ratio is None or abs(change.ratio - 1.0) > size_margin:
        return change
    return replace(change, verdict="same", why=f"{change.why}: within {100 * size_margin:g} %")


def _end(record: Record) -> str:
    return f"{record.status} ({record.reason or 'no reason was recorded'})"
