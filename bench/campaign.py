"""One run of the suite: prepares its cases, measures its groups when asked, keeps every record."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bench import assemble, plan
from bench.availability import why_not
from bench.controls import control_of
from bench.group_run import GroupRun
from bench.machine import allowed_cores
from bench.preparing import Prepared, prepare_all
from bench.progress import TimeToGo
from results.controls import FACT
from results.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case
    from bench.machine import Machine
    from bench.plan import Group
    from bench.progress import Sink


class Campaign:
    """Everything that is measured in one run; `records` is right at any moment."""

    def __init__(self, cases: Sequence[Case], machine: Machine, sink: Sink) -> None:
        """Nothing is started yet."""
        self.selected = tuple(cases)
        self._groups = plan.groups(cases)
        self._group_of = {case.id: group for group in self._groups for case in group.cases}
        self._machine = machine
        self._sink = sink
        self._prepared: dict[str, Prepared] = {}  # filled with the first group
        self._time_to_go: TimeToGo | None = None
        self.records: dict[str, Record] = {}
        self.interrupted = False
        self.measuring_s = 0.0  # wall time of the groups
        self.block_s = 0.0  # of it, inside measured blocks

    def record(self, case: Case) -> Record:
        """The record of a case; measures its group if that has not been done."""
        if case.id not in self.records:
            self._measure(self._group_of[case.id])
        return self.records[case.id]

    def _prepare(self) -> dict[str, Prepared]:
        """All of it before anything is measured: what cannot be had is known early."""
        cores = len(allowed_cores())
        cases = [case for group in self._groups for case in group.cases]
        skipped = {
            case.id: Prepared(status="skipped", reason=reason)
            for case in cases
            if (reason := why_not(case, cores))
        }
        todo = [case for case in cases if case.id not in skipped]
        return skipped | prepare_all(
            todo, self._machine, lambda what, share: self._sink.show(share, f"preparing: {what}")
        )

    def _measure(self, group: Group) -> None:
        try:
            self._prepared = self._prepared or self._prepare()
        except KeyboardInterrupt:
            self._sink.close()
            raise
        run = self._run_of(group)
        time_to_go = self._time_to_go = self._time_to_go or TimeToGo(self._steps())

        def done(number: int, case_id: str) -> None:
            time_to_go.step()
            self._sink.show(
                time_to_go.share,
                f"measuring {case_id}, replicate {number + 1}: {time_to_go.text()}",
            )

        started_s = time.monotonic()
        try:
            run.run(done)
        except KeyboardInterrupt:
            self.interrupted = True
            run.interrupt()
            raise
        finally:
            self._sink.close()
            self.measuring_s += time.monotonic() - started_s
            self.block_s += run.block_s
            self.records |= {case.id: self._record(case, run) for case in group.cases}

    def _run_of(self, group: Group) -> GroupRun:
        found = {case.id: self._prepared[case.id].artifact for case in group.cases}
        artifacts = {name: artifact for name, artifact in found.items() if artifact}
        return GroupRun(group, artifacts, self._machine)

    def _steps(self) -> int:
        return sum(self._run_of(group).steps for group in self._groups)

    def _record(self, case: Case, run: GroupRun) -> Record:
        prepared = self._prepared[case.id]
        if prepared.artifact is None:
            found = Record(case=case.key(), status=prepared.status, reason=prepared.reason)
        else:
            found = assemble.record(run.tallies[case.id], run)
        control = control_of(case)
        return replace(found, facts={**found.facts, FACT: control}) if control else found
