"""One run of the suite: prepares its cases, measures its groups when asked, keeps every record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench import plan
from bench.interruption import held
from bench.measuring import assemble
from bench.measuring.controls import control_of
from bench.measuring.group_run import GroupRun
from bench.preparation.preparing import prepare_all
from bench.progress import TimeToGo
from bench.workers.session import short_reason
from results.judging.controls import FACT
from results.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case
    from bench.measuring.spent import Spent
    from bench.measuring.tally import Tally
    from bench.plan import Group
    from bench.preparation.preparing import Prepared
    from bench.progress import Sink
    from bench.workers.machine import Machine


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
        self.block_s = 0.0  # spent inside measured blocks

    @property
    def spent(self) -> Spent:
        """Where the time of its measuring went."""
        return self._machine.spent

    def record(self, case: Case) -> Record:
        """The record of a case; measures its group if that has not been done."""
        if case.id not in self.records:
            self._measure(self._group_of[case.id])
        return self.records[case.id]

    def _prepare(self) -> dict[str, Prepared]:
        """All of it before anything is measured: what cannot be had is known early."""
        cases = [case for group in self._groups for case in group.cases]
        try:
            with self._machine.spent.on("preparing"):
                return prepare_all(
                    cases,
                    self._machine,
                    lambda what, share: self._sink.show(share, f"preparing: {what}"),
                )
        finally:
            self._sink.close()

    def _measure(self, group: Group) -> None:
        self._prepared = self._prepared or self._prepare()
        run = self._run_of(group)
        time_to_go = self._time_to_go = self._time_to_go or TimeToGo(self._steps())

        def done(number: int, case_id: str) -> None:
            time_to_go.step()
            self._sink.show(
                time_to_go.share,
                f"{time_to_go.text()}: measuring {case_id}, replicate {number + 1}",
            )

        try:
            run.run(done)
        except BaseException:  # a mistake of ours, or of the system, ends a group as Ctrl-C does
            with held():
                self.interrupted = True
                run.interrupt()
                self._keep(group, run)
            raise
        else:
            with held():  # a second Ctrl-C must not take what the first one left
                self._keep(group, run)
        finally:
            self._sink.close()

    def _keep(self, group: Group, run: GroupRun) -> None:
        self.block_s += run.block_s
        self.records |= {case.id: self._record(case, run) for case in group.cases}

    def _run_of(self, group: Group) -> GroupRun:
        found = {case.id: self._prepared[case.id] for case in group.cases}
        artifacts = {
            name: one.artifact
            for name, one in found.items()
            if one.artifact and one.status == "measured"
        }
        return GroupRun(group, artifacts, self._machine)

    def _steps(self) -> int:
        return sum(self._run_of(group).steps for group in self._groups)

    def _record(self, case: Case, run: GroupRun) -> Record:
        prepared = self._prepared[case.id]
        if prepared.artifact is None:
            found = Record(case=case.key(), status=prepared.status, reason=prepared.reason)
        elif prepared.status == "built":
            found = assemble.built(case, prepared.artifact, prepared.reason)
        else:
            found = _assembled(run.tallies[case.id], run)
        control = control_of(case)
        return replace(found, facts={**found.facts, FACT: control}) if control else found


def _assembled(tally: Tally, run: GroupRun) -> Record:
    """The record; a mistake of ours in one must not cost the other cases of the group theirs."""
    try:
        return assemble.record(tally, run)
    except Exception as error:  # noqa: BLE001 - a file of its outputs that is gone, no memory, a mistake
        why = f"its record could not be made: {type(error).__name__}: {short_reason(error)}"
        return Record(case=tally.case.key(), status="failed", reason=why)
