"""The A/A self-check: identical cases as if they were two versions, and known slowdowns."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import models
from bench.measuring.group_run import GroupRun
from bench.measuring.scope import RATIOS
from bench.plan import Group
from bench.preparation.preparing import prepare_all
from bench.workers.remote import Skipped
from results.files import write_whole
from results.judging.sensitivity import (
    Pair,
    detections,
    false_alarms,
    floor,
    highest_rate,
    smallest_detectable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine

CPU = "cpu"
IDENTICAL = 0.0
MORE_TIME = (2.0, 4.0)  # times the default budget, to say what patience would buy


class SelfcheckError(ValueError):
    """The self-check cannot be run; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selfcheck:
    """What was measured, and with which margin it is judged."""

    machine: str
    device: str  # that it was measured on, such as "cuda:0"
    margin: float
    pairs: tuple[Pair, ...]
    left_out: Mapping[str, str]  # why a case cannot be had here, by its id
    seconds_per_pair: float  # its processes included

    def as_dict(self) -> dict[str, Any]:
        """The public JSON form."""
        identical = sum(not pair.slowdown for pair in self.pairs)
        alarms = false_alarms(self.pairs, self.margin)
        return {
            "pairs": identical,
            "false_alarm_rate": alarms / identical if identical else None,
            "false_alarm_high": highest_rate(alarms, identical),
            "floor": floor(self.pairs) if identical else None,
            "detection": [
                {"slowdown": one.slowdown, "pairs": one.pairs, "power": one.power}
                for one in detections(self.pairs, self.margin)
            ],
            "smallest_detectable": smallest_detectable(self.pairs, self.margin),
            "with_more_time": [
                {"times": times, "smallest_detectable": self._with(times)} for times in MORE_TIME
            ],
            "measured": [
                {
                    "slowdown": pair.slowdown,
                    "ratio": pair.ratio.value,
                    "low": pair.ratio.low,
                    "high": pair.ratio.high,
                }
                for pair in self.pairs
            ],
            "left_out": [
                {"case": case, "reason": reason} for case, reason in self.left_out.items()
            ],
            "seconds_per_pair": self.seconds_per_pair,
            "machine": self.machine,
            "device": self.device,
            "margin": self.margin,
        }

    def _with(self, times: float) -> float | None:
        return smallest_detectable(self.pairs, self.margin, times)


def run(
    cases: Sequence[Case],
    slowdowns: Sequence[float],
    pairs: int,
    machine: Machine,
    report: Callable[[float, str], None],
) -> tuple[list[Pair], dict[str, str], float]:
    """Measure `pairs` pairs of each slowdown, identical ones first; the cases take turns.

    What cannot be had here is left out, and the others take its turns; some engines show that only
    when a case is loaded.

    Returns:
        The pairs, why cases were left out by their id, and the seconds that one pair took.

    Raises:
        SelfcheckError: a case failed, or none can be had.
    """
    artifacts, left_out = _prepared(cases, machine, report)
    todo = [(turn, slowdown) for turn in range(pairs) for slowdown in (IDENTICAL, *slowdowns)]
    measured: list[Pair] = []
    started_s = time.monotonic()
    while len(measured) < len(todo):
        turn, slowdown = todo[len(measured)]
        case = _whose(turn, cases, left_out)
        what = f"pair {len(measured) + 1} of {len(todo)}: {case.id}, {slowdown:.0%} slower"
        report(len(measured) / len(todo), what)
        try:
            measured.append(pair(case, slowdown, artifacts[case.id], machine))
        except Skipped as reason:
            left_out[case.id] = str(reason)
    return measured, left_out, (time.monotonic() - started_s) / len(todo)


def _prepared(
    cases: Sequence[Case], machine: Machine, report: Callable[[float, str], None]
) -> tuple[dict[str, Artifact], dict[str, str]]:
    """The artifacts, and why there are none of some cases, by the case's id."""
    made = prepare_all(cases, machine, lambda what, share: report(share, f"preparing: {what}"))
    for name, one in made.items():
        if one.status == "failed":
            msg = f"{name}: {one.reason}"
            raise SelfcheckError(msg)
    left_out = {name: one.reason for name, one in made.items() if one.reason}
    artifacts = {name: one.artifact for name, one in made.items() if one.artifact}
    return artifacts, left_out


def _whose(turn: int, cases: Sequence[Case], left_out: Mapping[str, str]) -> Case:
    """The case that is measured in this turn."""
    left = [case for case in cases if case.id not in left_out]
    if not left:
        reasons = "".join(f"\n  {case}: {reason}" for case, reason in left_out.items())
        msg = f"selfcheck: no case can be had here:{reasons}"
        raise SelfcheckError(msg)
    return left[turn % len(left)]


def pair(case: Case, slowdown: float, artifact: Artifact, machine: Machine) -> Pair:
    """Measure a case against a copy of itself that is slower by a known share.

    Both are wrapped, the first with a share of 0, so that the wrapper costs them the same.

    Raises:
        SelfcheckError: one of them failed.
        Skipped: it cannot be had here.
    """
    first = replace(case, twin="twin-a", slowdown=0.0, is_baseline=True)
    second = replace(case, twin="twin-b", slowdown=slowdown, is_baseline=False)
    group = Group(name=f"{case.group}/twins", cases=(first, second), baseline=first)
    artifacts = {first.id: artifact, second.id: artifact}
    run = GroupRun(group, artifacts, machine, scope=RATIOS)
    run.run(lambda _number, _case_id: None)
    ratio = run.tallies[second.id].ratio(run.baseline)
    reasons = {tally.stopped: tally.reason for tally in run.tallies.values() if tally.stopped}
    if "skipped" in reasons and "failed" not in reasons:
        raise Skipped(reasons["skipped"])
    if reasons or ratio is None:
        msg = f"{case.id}: {reasons.get('failed', 'no block was measured')}"
        raise SelfcheckError(msg)
    return Pair(slowdown=slowdown, ratio=ratio)


def store(result: Selfcheck) -> Path:
    """Keep the result for this machine; it sets the floor of every margin on such a device of it.

    Raises:
        StoreError: it cannot be written; an earlier result stays.
    """
    file = _file(result.machine, result.device)
    write_whole(file, json.dumps(result.as_dict(), indent=1))
    return file


def stored_floor(machine: str, device: str = CPU) -> float | None:
    """The relative difference below which nothing counts on this machine, if it was measured.

    Its CPU and its GPU have one each.
    """
    try:
        value = json.loads(_file(machine, device).read_text())["floor"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) else None


def margins(cases: Iterable[Case], machine: str) -> dict[str, float]:
    """Of each scenario, never below what identical code differs by on the devices of its cases."""
    found: dict[str, float] = {}
    floors: dict[str, float] = {}
    for case in cases:
        if case.device not in floors:
            floors[case.device] = stored_floor(machine, case.device) or 0.0
        name = case.scenario.name
        found[name] = max(found.get(name, case.scenario.margin), floors[case.device])
    return found


def _file(machine: str, device: str) -> Path:
    """The CPU's has the name that it had when there was one for both."""
    kind = device.partition(":")[0]
    name = machine if kind == CPU else f"{machine}-{kind}"
    return models.cache_folder() / "selfcheck" / f"{name}.json"
