"""Judges what has no clock: sizes and counts, which are exact, memory, and correctness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import comparability, correctness
from results.judging.change import Change
from results.judging.target import is_training

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from results.judging.change import Name
    from results.judging.correctness import Found, Versions
    from results.record import Record

EXACT = ("params", "nonzero_params", "macs", "artifact_bytes")  # no noise: any change counts
HOST = "host_peak_bytes"
# The part of it that is files of libraries: the kernel decides how much of them is resident, by how
# they came into the page cache, and no change of a model or of the suite does.
LIBRARY = "host_library_bytes"
DEVICE = "device_peak_bytes"
COUNTED = ("device_memory",)  # the fact that says how a device's memory was counted
MEMORY = (
    HOST,
    DEVICE,
    "engine_scratch_bytes",
    "engine_weights_bytes",
)
MEMORY_MARGIN = 0.02  # relative; for a run that stored none
# A training asks for its memory in huge pages of 2 MiB, and how many it has at its peak is luck: of
# one case 4.5 MB in fifteen starts, minutes apart, and in an earlier pair of runs 2.6 %.
LUCK_BYTES = 4 * 2**21


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One metric of both versions of a case."""

    before: float | None
    after: float | None
    told: str = ""  # of what they are, after them


def changes(
    pairs: Sequence[Versions], memory_margins: Mapping[str, float] | None = None
) -> Iterator[Change]:
    """One change for each of these metrics that either version of a case has, case by case.

    Args:
        pairs: both versions of each case; correctness is corrected over all of them.
        memory_margins: by scenario, relative; a smaller change of memory is none, nor is one of a
            training's by LUCK_BYTES.
    """
    margins = memory_margins or {}
    correct = [correctness.judge(pairs, metric) for metric in correctness.METRICS]
    for (base, head), *correctly in zip(pairs, *correct, strict=True):
        margin = margins.get(base.case.scenario, MEMORY_MARGIN)
        tolerated = dict.fromkeys(EXACT, 0.0) | dict.fromkeys(MEMORY, margin)
        for metric, tolerance in tolerated.items():
            sizes = _sizes(base, head, metric)
            least = LUCK_BYTES if metric == HOST and is_training(base) else 0.0
            judged = _unlike(base, head, metric) or _amount(sizes, tolerance, least)
            yield from _change(base.case.id, metric, sizes, judged)
        for metric, found in zip(correctness.METRICS, correctly, strict=True):
            values = Values(before=base.value(metric), after=head.value(metric))
            yield from _change(base.case.id, metric, values, found)


def _change(case: str, metric: str, values: Values, judged: Found | None) -> Iterator[Change]:
    """What was judged, or that one of the versions has no such number; none if neither has."""
    before, after = values.before, values.after
    if before is None and after is None:
        return
    verdict, why = judged or only_one(before)
    yield Change(
        case=case,
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


def _sizes(base: Record, head: Record, metric: str) -> Values:
    """What is compared: of the host's memory only what no library's file is, if both runs know."""
    before, after = base.value(metric), head.value(metric)
    if metric != HOST or before is None or after is None:
        return Values(before=before, after=after)
    was, now = base.value(LIBRARY), head.value(LIBRARY)
    if was is None or now is None:
        return Values(before=before, after=after, told=", libraries' files included")
    told = f", beside {was:,.0f}, then {now:,.0f} of libraries' files"
    return Values(before=before - was, after=after - now, told=told)


def _unlike(base: Record, head: Record, metric: str) -> Found | None:
    """That a device's memory was counted in two ways; None of all else."""
    if metric != DEVICE or base.value(metric) is None or head.value(metric) is None:
        return None
    unlike = comparability.unlike_facts(base, head, COUNTED)
    return ("incomparable", "; ".join(unlike)) if unlike else None


def _amount(sizes: Values, margin: float, least: float) -> Found | None:
    """The verdict; what differs by no more than the margin or the least bytes is the same."""
    before, after = sizes.before, sizes.after
    if before is None or after is None:
        return None
    why = f"{before:,.0f}, then {after:,.0f}{sizes.told}"
    if abs(after - before) <= max(margin * before, least):
        return "same", why
    verdict: Name = "larger" if after > before else "smaller"
    return verdict, why
