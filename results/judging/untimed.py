"""Judges what has no clock: sizes and counts, which are exact, memory, and correctness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.comparing.change import Change
from results.judging import correctness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from results.comparing.change import Name
    from results.judging.correctness import Found, Versions
    from results.record import Record

EXACT = ("params", "nonzero_params", "macs", "artifact_bytes")  # no noise: any change counts
MEMORY = (
    "host_peak_bytes",
    "device_peak_bytes",
    "engine_scratch_bytes",
    "engine_weights_bytes",
)
MEMORY_MARGIN = 0.02  # relative; for a run that stored none


def changes(
    pairs: Sequence[Versions], memory_margins: Mapping[str, float] | None = None
) -> Iterator[Change]:
    """One change for each of these metrics that either version of a case has, case by case.

    Args:
        pairs: both versions of each case; correctness is corrected over all of them.
        memory_margins: by scenario, relative; a smaller change of memory is none.
    """
    margins = memory_margins or {}
    correct = [correctness.judge(pairs, metric) for metric in correctness.METRICS]
    for (base, head), *judged in zip(pairs, *correct, strict=True):
        margin = margins.get(base.case.scenario, MEMORY_MARGIN)
        for metric in EXACT:
            yield from _change(base, head, metric, _amount(base, head, metric, 0.0))
        for metric in MEMORY:
            yield from _change(base, head, metric, _amount(base, head, metric, margin))
        for metric, found in zip(correctness.METRICS, judged, strict=True):
            yield from _change(base, head, metric, found)


def _change(base: Record, head: Record, metric: str, judged: Found | None) -> Iterator[Change]:
    """What was judged, or that one of the versions has no such number; none if neither has."""
    before, after = base.value(metric), head.value(metric)
    if before is None and after is None:
        return
    verdict, why = judged or only_one(before)
    yield Change(
        case=base.case.id,
        metric=metric,
        ratio=after / before if before and after is not None else None,
        verdict=verdict,
        why=why,
    )


def only_one(before: float | None) -> Found:
    """What is said of a number that one of the versions alone has."""
    if before is None:
        return "new", "only the head has this number"
    return "missing", "only the base has this number"


def _amount(base: Record, head: Record, metric: str, margin: float) -> Found | None:
    before, after = base.value(metric), head.value(metric)
    if before is None or after is None:
        return None
    why = f"{before:,.0f}, then {after:,.0f}"
    if abs(after - before) <= margin * before:
        return "same", why
    verdict: Name = "larger" if after > before else "smaller"
    return verdict, why
