"""The self-check's result for people: what it means for verdicts on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TOO_NOISY = 0.05  # if identical code differs by more, no verdict of practical use is left
WHAT_HELPS = (
    "stop other work on this machine, set the CPU governor to performance, switch turbo off, "
    "measure with one thread, or ask for more replicates"
)


def text(found: Mapping[str, Any], file: Path) -> str:
    """A few sentences, from the public JSON form."""
    return "\n".join(_lines(found, file))


def _lines(found: Mapping[str, Any], file: Path) -> Iterator[str]:
    yield f"{found['machine']}: {found['pairs']} identical pairs, {found['seconds_per_pair']:.1f} s a pair"
    yield (
        f"false alarms: {found['false_alarm_rate']:.1%} of identical pairs were called a change "
        f"(with 95 % confidence at most {found['false_alarm_high']:.1%})"
    )
    yield f"floor: 95 % of identical pairs differ by less than {found['floor']:.2%}"
    for one in found["detection"]:
        yield f"a {one['slowdown']:.1%} slowdown: found in {one['power']:.0%} of {one['pairs']} pairs"
    yield f"smallest slowdown found 95 % of the time: {_share(found['smallest_detectable'])}"
    for more in found["with_more_time"]:
        yield f"    with {more['times']:g} times the replicates: {_share(more['smallest_detectable'])}"
    if found["floor"] > found["margin"]:
        yield f"margins on this machine are raised from {found['margin']:.1%} to {found['floor']:.2%}"
    if found["floor"] > TOO_NOISY:
        yield f"this machine is too noisy to judge small changes; what may help: {WHAT_HELPS}"
    yield f"stored: {file}"


def _share(value: float | None) -> str:
    return "none below 50 %" if value is None else f"{value:.1%}"
