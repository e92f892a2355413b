"""What a verdict's cell says: how many times faster or slower, or what it is instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.layout import report

if TYPE_CHECKING:
    from results.judging.row import Row
    from results.judging.stats import Ratio

INCONCLUSIVE = "inconclusive"


def time(row: Row) -> str:
    """What a reader takes away: "2.38x faster", "same", "untrusted", "baseline", "failed"."""
    if row.record.status != "measured":
        return row.record.outcome
    if row.record.case.is_baseline:
        return "baseline"
    found = report.times(row.ratio, row.judgement)
    return _with_more(found, row.verdict.more if row.verdict else None)


def time_alone(row: Row) -> str:
    """The same where no column has the ratio: what is inconclusive says it."""
    return _with_ratio(time(row), row.ratio)


def ready(row: Row) -> str:
    """The same of the time until the first answer; empty for the baseline."""
    if row.record.case.is_baseline:
        return ""
    found = report.times(row.ready, row.ready_judgement)
    return _with_more(found, row.ready_verdict.more if row.ready_verdict else None)


def target(row: Row) -> str:
    """The same of the time to the target accuracy; empty for the baseline."""
    if row.target is None or row.record.case.is_baseline:
        return ""
    return _with_more(report.times(row.target.ratio, row.target_judgement), row.target.more)


def target_alone(row: Row) -> str:
    """The same where no column has the ratio."""
    return _with_ratio(target(row), row.target.ratio if row.target else None)


def _with_more(judged: str, more: int | None) -> str:
    """Such as "inconclusive (+22)": about so many replicates more would settle it."""
    return f"{judged} (+{more})" if judged == INCONCLUSIVE and more else judged


def _with_ratio(judged: str, found: Ratio | None) -> str:
    """Such as "inconclusive 0.98", in place of the replicates: both would be too wide."""
    is_open = judged.startswith(INCONCLUSIVE)
    return f"{INCONCLUSIVE} {report.ratio(found)}" if is_open and found else judged
