"""The self-check's result for people: what it means for verdicts on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOO_NOISY = 0.05  # if identical code differs by more, no verdict of practical use is left
WHAT_HELPS = (
    "stop other work on this machine, set the CPU governor to performance, switch turbo off, "
    "measure with one thread, or ask for more replicates"
)


def text(found: Mapping[str, Any]) -> str:
    """A few sentences, from the public JSON form."""
    return "\n".join(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    pairs, seconds = found["pairs"], found["seconds_per_pair"]
    yield f"{found['machine']}: {pairs} identical pairs, {seconds:.1f} s a pair"
    for one in found["left_out"]:
        yield f"left out: {one['case']}: {one['reason']}"
    rate, high = found["false_alarm_rate"], found["false_alarm_high"]
    yield f"false alarms: {rate:.1%} of identical pairs (at most {high:.1%} with 95 % confidence)"
    floor, margin = found["floor"], found["margin"]
    yield f"floor: 95 % of identical pairs differ by less than {floor:.2%}"
    for one in found["detection"]:
        share, power = one["slowdown"], one["power"]
        yield f"slower by {share:.1%}: found in {power:.0%} of {one['pairs']} pairs"
    yield f"smallest slowdown found 95 % of the time: {_share(found['smallest_detectable'])}"
    for more in found["with_more_time"]:
        smallest = _share(more["smallest_detectable"])
        yield f"    with {more['times']:g} times the replicates: {smallest}"
    if floor > margin:
        yield f"margins on this machine are raised from {margin:.1%} to {floor:.2%}"
    if floor > TOO_NOISY:
        yield f"this machine is too noisy to judge small changes; what may help: {WHAT_HELPS}"


def _share(value: float | None) -> str:
    return "none below 50 %" if value is None else f"{value:.1%}"
