"""Measures two versions of the same cases in one interleaved schedule, and judges each case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from bench.against.same_inputs import with_inputs_of
from bench.measuring import assemble
from bench.measuring.group_run import GroupRun
from bench.measuring.scope import Scope
from bench.options import OptionError
from bench.plan import Group
from bench.progress import TimeToGo
from results.comparing import paired
from results.comparing.paired import Pair
from results.judging.change import Change
from results.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from bench.against.side import Side, Stock
    from bench.case import Case
    from bench.measuring.tally import Tally
    from bench.preparation.preparing import Prepared
    from bench.progress import Sink
    from bench.workers.machine import Machine
    from results.judging.change import Name

SCOPE = Scope(yardstick=False, meters=False, alone=False)  # but predictions: accuracy is judged
BASE, HEAD = "base", "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the comparison of two sides says."""

    changes: tuple[Change, ...]
    unmeasured: tuple[Record, ...]  # skipped on both sides
    libraries: tuple[str, ...]  # that differ: "torch 2.12.0, then 2.13.0"


class Against:
    """One comparison of a head's cases with those of a base."""

    def __init__(
        self,
        base: Side,
        open_machine: Callable[[], AbstractContextManager[Machine]],
        margins: Mapping[str, float],
        sink: Sink,
    ) -> None:
        """Nothing is started yet.

        Args:
            base: the version that the head is compared with.
            open_machine: the world, for one engine; its processes end with the context.
            margins: by scenario, relative.
            sink: where progress is shown.
        """
        self._base = base
        self._open_machine = open_machine
        self._margins = margins
        self._sink = sink
        self.finished: dict[str, Pair] = {}  # by the case's id; right at any moment

    def run(self, head: Side, cases: Sequence[Case]) -> Outcome:
        """Measure the head's cases on both sides.

        Raises:
            OptionError: the sides have no case in common, or the base cannot be asked.
        """
        with self._open_machine() as machine:
            before = self._base.stock(machine, self._reporter(BASE))
            after = head.stock(machine, self._reporter(HEAD))
        common = [case for case in cases if case.id in before.cases]
        if not common:
            raise OptionError(self._nothing_in_common(before, cases))
        pairs = self._pairs(common, before, after)
        libraries = tuple(_differences(before.libraries, after.libraries))
        changes = paired.changes(pairs, paired.EXPORTERS_DIFFER if libraries else 0.0)
        return Outcome(
            changes=(*changes, *_one_sided(before, cases)),
            unmeasured=tuple(paired.unmeasured(pairs)),
            libraries=libraries,
        )

    def _reporter(self, side: str) -> Callable[[str, float], None]:
        return lambda what, share: self._sink.show(share, f"preparing the {side}: {what}")

    def _nothing_in_common(self, before: Stock, cases: Sequence[Case]) -> str:
        problems = "; ".join(before.problems.values())
        why = problems or f"there is none of {len(cases)} cases there, such as {cases[0].id}"
        return f"against {self._base.title}: nothing to compare: {why}"

    def _pairs(self, cases: Sequence[Case], before: Stock, after: Stock) -> list[Pair]:
        """Engine by engine, as each has its own processes on both sides in every replicate."""
        steps = [case.scenario.budget.replicates for case in cases]
        time_to_go = TimeToGo(2 * sum(steps))
        for _, members in groupby(sorted(cases, key=_place), key=_place):
            with self._open_machine() as machine:
                for case in members:
                    both = before.cases[case.id], after.cases[case.id]
                    self.finished[case.id] = self._pair(case, both, machine, time_to_go)
        return [self.finished[case.id] for case in cases]

    def _pair(
        self,
        case: Case,
        prepared: tuple[Prepared, Prepared],
        machine: Machine,
        time_to_go: TimeToGo,
    ) -> Pair:
        base, head = prepared
        margin = self._margins[case.scenario.name]
        if base.artifact is None or head.artifact is None:
            time_to_go.skip(2 * case.scenario.budget.replicates)
            ends = _unmeasured(case, base), _unmeasured(case, head)
            return Pair(base=ends[0], head=ends[1], ratio=None, margin=margin)
        first = replace(case, twin=BASE, is_baseline=True, home=self._base.home)
        second = replace(case, twin=HEAD, is_baseline=False)
        artifacts = {
            first.id: with_inputs_of(base.artifact, head.artifact, machine.folder),
            second.id: head.artifact,
        }
        group = Group(name=case.id, cases=(first, second), baseline=first)
        run = GroupRun(group, artifacts, machine, scope=SCOPE)
        before = time_to_go.done
        run.run(lambda number, _: self._done(case, number, time_to_go))
        time_to_go.skip(max(0, run.steps - (time_to_go.done - before)))  # one that failed
        records = [_record(run.tallies[one.id], run, case) for one in group.cases]
        ratio = run.tallies[second.id].ratio(run.baseline)
        return Pair(base=records[0], head=records[1], ratio=ratio, margin=margin)

    def _done(self, case: Case, number: int, time_to_go: TimeToGo) -> None:
        time_to_go.step()
        text = f"measuring {case.id}, replicate {number + 1}: {time_to_go.text()}"
        self._sink.show(time_to_go.share, text)


def _place(case: Case) -> tuple[str, int]:
    return case.engine, case.threads


def _unmeasured(case: Case, prepared: Prepared) -> Record:
    """The record of a side of a case that the other side cannot run."""
    status = "built" if prepared.artifact else prepared.status
    return Record(case=case.key(), status=status, reason=prepared.reason)


def _record(tally: Tally, run: GroupRun, case: Case) -> Record:
    """The record of a side, under the name that the case has on both."""
    found = replace(assemble.record(tally, run), case=case.key())
    if tally.stopped is None and not tally.blocks:
        return replace(found, status="built")  # the other side failed before its turn came
    return found


def _one_sided(before: Stock, cases: Sequence[Case]) -> Iterator[Change]:
    """What only one side has."""
    here = {case.id for case in cases}
    for name in before.cases:
        if name not in here:
            why = "the head does not have this case"
            yield Change(case=name, metric="status", verdict="missing", why=why)
    for case in cases:
        if case.id in before.cases:
            continue
        problem = before.problems.get(case.scenario.name)
        why = f"the base cannot read its scenario: {problem}" if problem else "the base lacks it"
        verdict: Name = "incomparable" if problem else "new"
        yield Change(case=case.id, metric="status", verdict=verdict, why=why)


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        versions = before.get(name, "none"), after.get(name, "none")
        if versions[0] != versions[1]:
            yield f"{name} {versions[0]}, then {versions[1]}"
