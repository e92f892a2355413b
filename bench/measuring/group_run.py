"""Measures one group: replicate after replicate, until its ratios are known well enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measuring.budget import effort
from bench.measuring.controls import control_of
from bench.measuring.replicate import Replicate
from bench.measuring.scope import EVERYTHING
from bench.measuring.tally import Tally
from results.judging.controls import passes
from results.judging.verdict import LEAST_REPLICATES
from results.record import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.measuring.scope import Scope
    from bench.plan import Group
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine
    from results.record import Block

LEAST_TO_KEEP = 2  # replicates of an interrupted case: fewer have no interval

APART = "measured separately: the cases did not all fit in memory at once"


class GroupRun:
    """One group being measured; its tallies are right at any moment, also after Ctrl-C."""

    def __init__(
        self,
        group: Group,
        artifacts: Mapping[str, Artifact],
        machine: Machine,
        *,
        scope: Scope = EVERYTHING,
    ) -> None:
        """Nothing is started yet.

        Args:
            group: what to measure together; cases without an artifact are left out.
            artifacts: by case id.
            machine: the world.
            scope: what is measured beside the blocks.
        """
        self._machine = machine
        self._scope = scope
        self._scenario = group.baseline.scenario
        self._effort = effort(self._scenario.budget)
        self._next_round = 0
        self.tallies = {
            case.id: Tally(case=case, artifact=artifacts[case.id])
            for case in group.cases
            if case.id in artifacts
        }
        self.baseline = self.tallies.get(group.baseline.id, Tally(case=group.baseline))
        self.yardstick: list[Block] = []
        self.block_s = 0.0  # spent inside measured blocks

    @property
    def steps(self) -> int:
        """How often `done` is called by `run` if no case needs more than the planned replicates."""
        return self._effort.replicates * len(self.tallies)

    def run(self, done: Callable[[int, str], None]) -> None:
        """Measure; what fails is recorded in its tally.

        Args:
            done: called with replicate number and case id, for each case in each replicate.
        """
        parts = [list(self.tallies.values())]
        for number in range(self._effort.most_of_controls):
            parts = [wanted for part in parts if (wanted := self._wanted(part, number))]
            measured: list[list[Tally]] = []
            while parts:
                part = parts.pop(0)
                left = self._replicate(part, number, done)
                measured.append([tally for tally in part if tally not in left])
                if left:
                    parts.insert(0, self._split(left))
            parts = measured

    def interrupt(self) -> None:
        """Say of every case how far it came; what has no interval yet counts as failed.

        The replicate that was cut short is dropped already: few of its blocks would count as much
        as a whole one.
        """
        for tally in self.tallies.values():
            came = f"{INTERRUPTED} {tally.replicates} of {self._effort.replicates} replicates"
            if tally.replicates < LEAST_TO_KEEP:
                tally.stop("failed", came)
            elif tally.replicates < self._effort.replicates:
                tally.notes.append(came)

    def ending(self, tally: Tally) -> str:
        """Why no more was measured of a case that did not fail."""
        if tally is self.baseline:
            return "measured as often as the case that needed it most"
        width = self._scenario.budget.target_width
        if tally.replicates >= self._effort.most_of_controls:
            return "as a control that did not come out as it must, it was measured further"
        if tally.is_settled(self.baseline, width):
            return f"the interval is as narrow as asked, {width:g} of the ratio"
        if tally.replicates >= self._effort.most_replicates:
            return f"the seconds were spent before the interval was {width:g} of the ratio"
        return "it was interrupted"

    def _wanted(self, part: list[Tally], number: int) -> list[Tally]:
        """Who of a part is measured in this replicate; with the baseline, or nobody at all."""
        cases = [tally for tally in part if tally is not self.baseline and not tally.stopped]
        if number >= self._effort.replicates:
            cases = [tally for tally in cases if self._needs_more(tally, number)]
        elif not cases and not self.baseline.stopped:
            return part  # nothing but the baseline was selected
        has_baseline = self.baseline.artifact and not self.baseline.stopped
        if not (has_baseline or self._scope.alone):
            return []
        return [self.baseline, *cases] if cases and has_baseline else cases

    def _needs_more(self, tally: Tally, number: int) -> bool:
        """Whether a case is to have this replicate beyond the planned ones."""
        width = self._scenario.budget.target_width
        if number < self._effort.most_replicates and not tally.is_settled(self.baseline, width):
            return True
        return self._is_doubtful(tally)

    def _is_doubtful(self, tally: Tally) -> bool:
        """Whether it is a control that does not come out as it must, so far."""
        control = control_of(tally.case)
        if control is None or self._effort.most_replicates < LEAST_REPLICATES:
            return False  # of fewer processes nothing is judged, so nothing is doubted either
        if tally.clock != self.baseline.clock:
            return False
        return not passes(control, tally.ratio(self.baseline), self._scenario.margin)

    def _replicate(
        self, part: list[Tally], number: int, done: Callable[[int, str], None]
    ) -> list[Tally]:
        replicate = Replicate(
            self._machine, self._effort, number, self._next_round, scope=self._scope
        )
        first = self._next_round
        try:
            left = replicate.run(part, self.yardstick, lambda tally: done(number, tally.case.id))
        except BaseException:
            for blocks in (*(tally.blocks for tally in part), self.yardstick):
                blocks[:] = [block for block in blocks if block.round < first]
            raise
        finally:
            self._next_round = replicate.next_round
            self.block_s += replicate.block_s
        return left

    def _split(self, left: list[Tally]) -> list[Tally]:
        """The next part: what did not fit into memory, again with the baseline."""
        for tally in left:
            tally.note(APART)
        return [self.baseline, *left] if not self.baseline.stopped else left
