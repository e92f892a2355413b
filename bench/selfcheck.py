"""The A/A self-check: identical cases as if they were two versions, and known slowdowns."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import models
from bench.group_run import GroupRun
from bench.plan import Group
from bench.preparing import prepare_all
from bench.scope import RATIOS
from results.files import write_whole
from results.sensitivity import (
    Pair,
    detections,
    false_alarms,
    floor,
    highest_rate,
    smallest_detectable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bench.artifact import Artifact
    from bench.case import Case
    from bench.machine import Machine

IDENTICAL = 0.0
MORE_TIME = (2.0, 4.0)  # times the default budget, to say what patience would buy


class SelfcheckError(ValueError):
    """The self-check cannot be run; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selfcheck:
    """What was measured, and with which margin it is judged."""

    machine: str
    margin: float
    pairs: tuple[Pair, ...]
    seconds_per_pair: float

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
            "seconds_per_pair": self.seconds_per_pair,
            "machine": self.machine,
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
) -> tuple[list[Pair], float]:
    """Measure `pairs` pairs of each slowdown, identical ones first; the cases take turns.

    Returns:
        The pairs, and the wall time of one, its processes included.

    Raises:
        SelfcheckError: a case cannot be prepared, or a pair could not be measured.
    """
    prepared = prepare_all(cases, machine, lambda what, share: report(share, f"preparing: {what}"))
    for case in cases:
        if prepared[case.id].artifact is None:
            msg = f"{case.id}: {prepared[case.id].reason}"
            raise SelfcheckError(msg)
    todo = [
        (cases[number % len(cases)], slowdown)
        for number in range(pairs)
        for slowdown in (IDENTICAL, *slowdowns)
    ]
    measured = []
    started_s = time.monotonic()
    for index, (case, slowdown) in enumerate(todo):
        report(
            index / len(todo), f"pair {index + 1} of {len(todo)}: {case.id}, {slowdown:.0%} slower"
        )
        artifact = prepared[case.id].artifact
        if artifact:
            measured.append(pair(case, slowdown, artifact, machine))
    return measured, (time.monotonic() - started_s) / len(todo)


def pair(case: Case, slowdown: float, artifact: Artifact, machine: Machine) -> Pair:
    """Measure a case against a copy of itself that is slower by a known share.

    Both are wrapped, the first with a share of 0, so that the wrapper costs them the same.

    Raises:
        SelfcheckError: one of them failed.
    """
    first = replace(case, twin="twin-a", slowdown=0.0, is_baseline=True)
    second = replace(case, twin="twin-b", slowdown=slowdown, is_baseline=False)
    group = Group(name=f"{case.group}/twins", cases=(first, second), baseline=first)
    artifacts = {first.id: artifact, second.id: artifact}
    run = GroupRun(group, artifacts, machine, scope=RATIOS)
    run.run(lambda _number, _case_id: None)
    ratio = run.tallies[second.id].ratio(run.baseline)
    reasons = [tally.reason for tally in run.tallies.values() if tally.reason]
    if reasons or ratio is None:
        msg = f"{case.id}: {reasons[0] if reasons else 'no block was measured'}"
        raise SelfcheckError(msg)
    return Pair(slowdown=slowdown, ratio=ratio)


def store(result: Selfcheck) -> Path:
    """Keep the result for this machine; it sets the floor of every margin on it.

    Raises:
        StoreError: it cannot be written; an earlier result stays.
    """
    file = _file(result.machine)
    write_whole(file, json.dumps(result.as_dict(), indent=1))
    return file


def stored_floor(machine: str) -> float | None:
    """The relative difference below which nothing counts on this machine, if it was measured."""
    try:
        value = json.loads(_file(machine).read_text())["floor"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(value) if isinstance(value, int | float) else None


def margins(cases: Iterable[Case], machine: str) -> dict[str, float]:
    """Of each scenario, never below what identical code differs by on this machine."""
    floor_here = stored_floor(machine) or 0.0
    return {case.scenario.name: max(case.scenario.margin, floor_here) for case in cases}


def _file(machine: str) -> Path:
    return models.cache_folder() / "selfcheck" / f"{machine}.json"
