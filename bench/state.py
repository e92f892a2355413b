"""What one pytest session of the suite has found out, and the run that it makes of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench import progress, recorder
from bench.device.use import Use
from bench.environment import BUSY
from bench.selfcheck.check import margins
from results.comparing.compare import REACHED
from results.judging import controls
from results.judging.rows import rows
from results.notes import CUT
from results.store import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.campaign import Campaign
    from bench.case import Case
    from bench.tuning.searches import TuningRun
    from results.searches import Searches


@dataclass(slots=True, kw_only=True)
class State:
    """What the hooks of one session share."""

    cases: dict[str, Case] | None = None  # by id; None until they were selected
    campaign: Campaign | None = None
    reported: set[str] = field(default_factory=set)  # ids with a benchmark of their own
    environment: dict[str, Any] = field(default_factory=dict)
    why_cpu: str | None = None  # the device "auto" is the CPU, although there is a GPU's driver
    saved: recorder.Saved = field(default_factory=recorder.Saved)
    tuning: dict[str, TuningRun] = field(default_factory=dict)  # by the scenario's name
    started_s: float = field(default_factory=time.monotonic)

    @property
    def has_results(self) -> bool:
        """Whether there is anything to keep and to show."""
        searched = any(one.found for one in self.tuning.values())
        return searched or bool(self.campaign and self.campaign.records)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether a later run could be compared with it.

        What Ctrl-C stopped before anything was measured would be the latest run, and hide the last
        one that says something.
        """
        records = self.campaign.records.values() if self.campaign else ()
        if any(one.found for one in self.tuning.values()):
            return True
        reached = any(record.status in REACHED for record in records)
        return reached or not any(record.is_interrupted for record in records)

    def margins(self) -> dict[str, float]:
        """Of each scenario, as they hold on this machine."""
        return margins((self.cases or {}).values(), self.environment["machine"])

    def memory_margins(self) -> dict[str, float]:
        """Of each scenario."""
        scenarios = [case.scenario for case in (self.cases or {}).values()]
        return {scenario.name: scenario.memory_margin for scenario in scenarios}

    def notes(self, campaign: Campaign) -> list[str]:
        """What a reader of the whole run has to know."""
        judged = rows(Run(records=tuple(campaign.records.values()), margins=self.margins()))
        return [
            *_interruption(campaign),
            *self._unfinished_searches(),
            *self._place(),
            *self._raised_margins(),
            *controls.notes(judged),
        ]

    def _unfinished_searches(self) -> Iterator[str]:
        for scenario, one in self.tuning.items():
            if one.interrupted:
                yield f"{scenario}{CUT}its search {one.interrupted} was not finished"

    def _place(self) -> Iterator[str]:
        """Where the run was, and what others did there before anything of ours was."""
        if self.why_cpu:
            doctor = "python -m bench doctor says more"
            yield f"measured on the CPU, as the GPU cannot be used: {self.why_cpu}; {doctor}"
        load, cores = self.environment.get("load", 0.0), self.environment.get("cores", 1)
        if load >= BUSY * cores:
            yield f"the machine was busy before the run began: load {load:g} on {cores} cores"
        if stored := self.environment.get("gpu_in_use"):
            use = Use(**stored)
            if use.is_shared:
                yield f"the GPU was in use before the run began: {use}"

    def _raised_margins(self) -> Iterator[str]:
        raised = self.margins()
        asked = {case.scenario.name: case.scenario.margin for case in (self.cases or {}).values()}
        for name, margin in asked.items():
            if raised[name] > margin:
                yield (
                    f"{name}: margin raised from {margin:.1%} to {raised[name]:.2%}, which "
                    "identical code differs by on this machine (self-check)"
                )

    def run(self, campaign: Campaign) -> Run:
        """The run so far, as it would be read back from its file."""
        return Run(
            path=self.saved.files[0] if self.saved.files else None,
            environment=self.environment,
            records=tuple(campaign.records.values()),
            margins=self.margins(),
            memory_margins=self.memory_margins(),
            summaries=self._summaries(),
            notes=tuple(self.notes(campaign)),
            tuning=self._searches(),
            created=datetime.now(UTC).isoformat(),
        )

    def our_part(self, campaign: Campaign) -> dict[str, Any]:
        """What the stored run says beside its benchmarks."""
        left = [r for name, r in campaign.records.items() if name not in self.reported]
        margins = self.margins(), self.memory_margins()
        ours = recorder.our_part(left, self.environment, *margins, self.notes(campaign))
        tuning = {name: asdict(one) for name, one in self._searches().items()}
        return ours | {"tuning": tuning, "summary": self._summaries()}

    def _summaries(self) -> dict[str, str]:
        """What each scenario asks."""
        asked = [case.scenario for case in (self.cases or {}).values()]
        searched = {name: one.tuning.summary for name, one in self.tuning.items()}
        return {each.name: each.summary for each in asked} | searched

    def _searches(self) -> dict[str, Searches]:
        """Of each tuning scenario of which a searcher has run."""
        return {name: one.searches() for name, one in self.tuning.items() if one.found}

    def last_lines(self, campaign: Campaign) -> Iterator[str]:
        """Where everything is, and how the time was spent."""
        yield from self.saved.problems
        for file in self.saved.files:
            yield f"saved: {file}"
        if not self.saved.files and not self.saved.problems:
            yield (
                "not saved; add --benchmark-autosave to keep the run"
                if self.is_worth_keeping
                else "not saved: it was interrupted before any case was measured"
            )
        total_s = time.monotonic() - self.started_s
        inside = campaign.block_s / total_s
        yield (
            f"{len(campaign.records)} cases in {progress.minutes(total_s)}, "
            f"{inside:.0%} of it inside measured blocks"
        )
        if shares := campaign.spent.text(total_s):
            yield f"time: {shares}"


def _interruption(campaign: Campaign) -> Iterator[str]:
    """A line for each scenario that is not whole, so that no other one's table says it too."""
    left = Counter(
        case.scenario.name for case in campaign.selected if case.id not in campaign.records
    )
    for scenario, count in left.items():
        yield f"{scenario}{CUT}{count} cases were not begun"
    if not left and campaign.interrupted:
        last = next(reversed(campaign.records.values())).case.scenario
        yield f"{last}{CUT}its last cases were not finished"
