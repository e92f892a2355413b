"""One row per case of a run: its record, its ratio to the baseline of its group, its verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from results import controls, stats
from results.stats import Ratio
from results.verdict import verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.record import Record
    from results.store import Run
    from results.verdict import Verdict

DEFAULT_MARGIN = 0.01  # relative; for a run that stored none

VALUES = (  # metrics that the public form has under their own names
    "throughput_per_s",
    "params",
    "nonzero_params",
    "macs",
    "artifact_bytes",
    "host_peak_bytes",
    "device_peak_bytes",
    "load_s",
    "first_inference_s",
    "cpu_s_per_sample",
    "energy_j_per_sample",
    "accuracy",
)
WHOLE = {name for name in VALUES if name.endswith(("params", "macs", "bytes"))}

GroupKey = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case as tables show it."""

    record: Record
    ratio: Ratio | None = None  # time over the baseline's; None for the baseline itself
    verdict: Verdict | None = None  # None for the baseline and for what was not measured
    accuracy_change: float | None = None  # fraction of the test set, negative is worse
    distrust: tuple[str, ...] = ()  # a line for each control of its group that failed
    names_model: bool = False  # whether its group has several models, so that its name needs one

    @property
    def variant(self) -> str:
        """The techniques, after the model where the group has several; a twin says that it is."""
        case = self.record.case
        model = (case.model,) if self.names_model else ()
        name = "+".join((*model, *case.techniques))
        return f"{name} ({controls.TWIN})" if controls.is_twin(self.record) else name

    @property
    def group(self) -> GroupKey:
        """What the cases measured together share."""
        return group_of(self.record)

    @property
    def judgement(self) -> str | None:
        """The verdict as readers get it: "untrusted" where a control of the group failed."""
        if self.verdict is None:
            return None
        settled = self.verdict.name != "inconclusive"
        return "untrusted" if self.distrust and settled else self.verdict.name

    @property
    def notes(self) -> tuple[str, ...]:
        """The record's notes, why a verdict is inconclusive, and why it is not to be trusted."""
        if self.verdict is None or self.verdict.name != "inconclusive":
            return (*self.record.notes, *self.distrust)
        return (*self.record.notes, f"inconclusive: {self.verdict.why}", *self.distrust)

    def as_dict(self) -> dict[str, Any]:
        """The public form: these keys, in this order, and None for what is absent."""
        record, case = self.record, self.record.case
        return {
            "case": case.id,
            "scenario": case.scenario,
            "model": case.model,
            "techniques": list(case.techniques),
            "engine": case.engine,
            "precision": case.precision,
            "device": case.device,
            "batch_size": case.batch_size,
            "threads": case.threads,
            "is_baseline": case.is_baseline,
            "status": record.status,
            "reason": record.reason,
            "latency_p50_s": record.value("latency_p50_s"),
            "latency_p90_s": record.value("latency_p90_s"),
            "latency_p99_s": record.value("latency_p99_s"),
            "clock": record.facts.get("clock"),
            **self._ratio_as_dict(),
            **{name: _value(record, name) for name in VALUES},
            "accuracy_change": self.accuracy_change,
            "agreement": record.value("agreement"),
            "verdict": self.judgement,
            "notes": list(self.notes),
        }

    def _ratio_as_dict(self) -> dict[str, Any]:
        """The ratio; the baseline's to itself is 1 by definition, if it was measured at all."""
        replicates = len({block.replicate for block in self.record.blocks}) or None
        if self.record.case.is_baseline and self.record.status == "measured":
            return {"ratio": 1.0, "ratio_low": 1.0, "ratio_high": 1.0, "replicates": replicates}
        ratio = self.ratio
        return {
            "ratio": ratio.value if ratio else None,
            "ratio_low": ratio.low if ratio else None,
            "ratio_high": ratio.high if ratio else None,
            "replicates": ratio.replicates if ratio else replicates,
        }


def rows(run: Run) -> list[Row]:
    """All rows in an order that depends on the cases alone, never on how the run went.

    By scenario, device, threads and batch size; in each group the baseline first, then what has its
    techniques, engine and precision, then by name.
    """
    records = sorted(run.records, key=lambda each: (group_of(each), not each.case.is_baseline))
    groups = [_group_rows(list(group)) for _, group in groupby(records, key=group_of)]
    found: list[Row] = []
    for scenario, same in groupby(groups, key=lambda group: group[0].record.case.scenario):
        margin = run.margins.get(scenario, DEFAULT_MARGIN)
        found += _judged([row for group in same for row in group], margin)
    return _checked(found)


def group_of(record: Record) -> GroupKey:
    """What the cases measured together share; each such group has one baseline."""
    case = record.case
    return (case.scenario, case.device, case.threads, case.batch_size)


def _group_rows(records: Sequence[Record]) -> list[Row]:
    """Rows of one group, not judged yet; the baseline, if there is one, comes first."""
    baseline = records[0] if records[0].case.is_baseline else None
    several = len({record.case.model for record in records}) > 1
    return [
        Row(
            record=record,
            ratio=_ratio(record, baseline),
            accuracy_change=_accuracy_change(record, baseline),
            names_model=several,
        )
        for record in sorted(records, key=lambda each: _place(each, baseline))
    ]


def _place(record: Record, baseline: Record | None) -> tuple[object, ...]:
    """What is like the baseline comes first, so that each block of the table starts plain."""
    case = record.case
    techniques = "+".join(case.techniques)
    if baseline is None:
        return (case.model, techniques, case.engine, case.precision, case.id)
    return (
        case.model != baseline.case.model,
        case.model,
        not case.is_baseline,
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

    A scenario is one question with one margin: its verdicts do not depend on what else ran.
    """
    judged = [row for row in unjudged if _is_judged(row)]
    found = iter(verdicts([row.ratio for row in judged], margin))
    return [replace(row, verdict=next(found)) if _is_judged(row) else row for row in unjudged]


def _checked(judged: Sequence[Row]) -> list[Row]:
    """The rows, those of a group with a failed control marked: nothing there can be trusted."""
    checked: list[Row] = []
    for _, same in groupby(judged, key=lambda row: row.group):
        group = list(same)
        failures = controls.failures(group)
        checked += [replace(row, distrust=failures) for row in group] if failures else group
    return checked


def _is_judged(row: Row) -> bool:
    return row.record.status == "measured" and not row.record.case.is_baseline


def _ratio(record: Record, baseline: Record | None) -> Ratio | None:
    """From the blocks where both have them, else the one that was stored."""
    if record.case.is_baseline or record.status != "measured":
        return None
    if record.blocks and baseline is not None and baseline.blocks:
        return stats.ratio(record.blocks, baseline.blocks)
    return _stored_ratio(record)


def _stored_ratio(record: Record) -> Ratio | None:
    stored = record.quantity("ratio")
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


def _value(record: Record, name: str) -> float | None:
    """A metric's value; counts as whole numbers, whatever type they were stored in."""
    value = record.value(name)
    return int(value) if value is not None and name in WHOLE else value
