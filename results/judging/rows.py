"""One row per case of a run: its record, its ratio to the baseline of its group, its verdicts."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from results.judging import accuracy, batches, controls, stats
from results.judging.promise import promise
from results.judging.references import references
from results.judging.row import Row, group_of
from results.judging.stats import Ratio
from results.judging.target import target
from results.judging.verdict import CHANGES, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.promise import Promise
    from results.judging.target import Target
    from results.judging.verdict import Correction, Verdict
    from results.record import Record
    from results.store import Run

DEFAULT_MARGIN = 0.01  # relative; for a run that stored none
READY_MARGIN = 0.05  # twins start some percent apart by where among all others they were loaded


def rows(run: Run) -> list[Row]:
    """All rows in an order that depends on the cases alone, never on how the run went.

    By scenario, device, threads and batch size; in each group the baseline first, then what has its
    model, techniques, engine and precision, then by name.
    """
    records = sorted(run.records, key=lambda each: (group_of(each), not each.case.is_baseline))
    groups = [_group_rows(list(group)) for _, group in groupby(records, key=group_of)]
    found: list[Row] = []
    for scenario, same in groupby(groups, key=lambda group: group[0].record.case.scenario):
        margin = run.margins.get(scenario, DEFAULT_MARGIN)
        found += _judged([row for group in same for row in group], margin)
    return _checked(found)


def _group_rows(records: Sequence[Record]) -> list[Row]:
    """Rows of one group, not judged yet; the baseline, if there is one, comes first."""
    baseline = records[0] if records[0].case.is_baseline else None
    ordered = sorted(records, key=lambda each: _place(each, baseline))
    return [_row(record, records, baseline) for record in ordered]


def _row(record: Record, group: Sequence[Record], baseline: Record | None) -> Row:
    found = references(record, group, baseline)
    ratio = _ratio(record, baseline)
    return Row(
        record=record,
        ratio=ratio,
        target=target(record, baseline, ratio),
        accuracy_change=_accuracy_change(record, baseline),
        accuracy_reference=found.of_accuracy,
        promise=promise(record, found, baseline),
        ready=None if record.case.is_baseline else _stored_ratio(record, "ready_ratio"),
    )


def _place(record: Record, baseline: Record | None) -> tuple[object, ...]:
    """What is like the baseline comes first, so that each block of the table starts plain."""
    case = record.case
    techniques = "+".join(case.techniques)
    if baseline is None:
        return (case.model, techniques, case.engine, case.precision, case.id)
    return (
        not case.is_baseline,
        case.model != baseline.case.model,
        case.model,
        case.techniques != baseline.case.techniques,
        techniques,
        case.engine != baseline.case.engine,
        case.engine,
        case.precision != baseline.case.precision,
        case.precision,
        case.id,
    )


def _judged(unjudged: Sequence[Row], margin: float) -> list[Row]:
    """The rows of one scenario with verdicts, corrected for the cases of that scenario.

    A scenario is one question with one margin: its verdicts do not depend on what else ran. Each
    of its questions (the time, what a technique left of it, being ready, accuracy) is corrected
    for its own number of answers.
    """
    times = _times(unjudged, margin)
    promises = [row.promise.realised if row.promise else None for row in unjudged]
    realised = _verdicts(promises, [ratio is not None for ratio in promises], margin)
    readies = [row.ready for row in unjudged]
    least = max(margin, READY_MARGIN)
    ready = _verdicts(readies, [ratio is not None for ratio in readies], least)
    to_target = [row.target.ratio if row.target else None for row in unjudged]
    targets = _verdicts(to_target, [ratio is not None for ratio in to_target], margin)
    by_batch = iter(batches.notes([row.record for row in unjudged]))
    accuracies = iter(accuracy.judge([(row.record, row.accuracy_reference) for row in unjudged]))
    several = len({row.record.case.model for row in unjudged}) > 1
    return [
        replace(
            row,
            verdict=next(times),
            promise=_with(next(realised), row),
            target=_aimed(next(targets), row),
            ready_verdict=next(ready),
            accuracy=next(accuracies),
            by_batch=next(by_batch),
            names_model=several,
        )
        for row in unjudged
    ]


def _times(unjudged: Sequence[Row], margin: float) -> Iterator[Verdict | None]:
    """Of the time. Of controls that must be the same the whole family is kept from a false one.

    It would cost every verdict of its group, and of twenty sound controls one is off by luck.
    """
    ratios = [row.ratio for row in unjudged]
    are_judged = [_is_judged(row) for row in unjudged]
    strictly = [_is_judged(row) and controls.must_be_same(row.record) for row in unjudged]
    of_controls = _verdicts(ratios, strictly, margin, stats.bonferroni)
    of_all = _verdicts(ratios, are_judged, margin)
    return (own or found for own, found in zip(of_controls, of_all, strict=True))


def _verdicts(
    ratios: Sequence[Ratio | None],
    are_judged: Sequence[bool],
    margin: float,
    corrected: Correction = stats.benjamini_hochberg,
) -> Iterator[Verdict | None]:
    """One for each ratio: None for those that are not judged, which the correction leaves out."""
    asked = [ratio for ratio, is_judged in zip(ratios, are_judged, strict=True) if is_judged]
    found = iter(verdicts(asked, margin, corrected))
    return (next(found) if is_judged else None for is_judged in are_judged)


def _with(verdict: Verdict | None, row: Row) -> Promise | None:
    return replace(row.promise, verdict=verdict) if row.promise else None


def _aimed(verdict: Verdict | None, row: Row) -> Target | None:
    return replace(row.target, verdict=verdict) if row.target else None


def _checked(judged: Sequence[Row]) -> list[Row]:
    """The rows, those of a group with a failed control marked: nothing there can be trusted."""
    checked: list[Row] = []
    for _, same in groupby(judged, key=lambda row: row.group):
        group = list(same)
        failures = controls.failures(group)
        level = not any(
            controls.is_twin(row.record) and _is_changed(row.ready_verdict) for row in group
        )
        checked += [replace(row, distrust=failures, ready_is_level=level) for row in group]
    return checked


def _is_changed(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.name in CHANGES


def _is_judged(row: Row) -> bool:
    return row.record.status == "measured" and not row.record.case.is_baseline


def _ratio(record: Record, baseline: Record | None) -> Ratio | None:
    """From the blocks where both have them, else the one that was stored."""
    if record.case.is_baseline or record.status != "measured":
        return None
    if record.blocks and baseline is not None and baseline.blocks:
        if record.facts.get("clock") != baseline.facts.get("clock"):
            return None  # the device's own time over a caller's is no ratio
        return stats.ratio(record.blocks, baseline.blocks)
    return _stored_ratio(record, "ratio")


def _stored_ratio(record: Record, name: str) -> Ratio | None:
    stored = record.quantity(name)
    if stored is None or stored.value <= 0:
        return None
    replicates = stored.n or 1
    low, high = stored.low, stored.high
    if replicates > 1 and low is not None and high is not None and 0 < low <= high:
        return stats.ratio_from_interval(stored.value, low, high, replicates)
    return Ratio(value=stored.value, low=None, high=None, p_value=None, replicates=replicates)


def _accuracy_change(record: Record, baseline: Record | None) -> float | None:
    own = record.value("accuracy")
    before = None if baseline is None else baseline.value("accuracy")
    return None if own is None or before is None else own - before
