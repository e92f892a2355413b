"""Compares two stored runs case by case: what got slower, larger, wrong or lost, and what not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results.judging import comparability, rows, timed, trained, untimed
from results.judging.change import Change

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from results.judging.change import Name
    from results.judging.correctness import Versions
    from results.record import Record
    from results.store import Run

REACHED = ("measured", "built")  # statuses with numbers, the better one first


def compare(base: Run, head: Run, allowed: Collection[str] = ()) -> list[Change]:
    """Every change, by the cases' order in the base.

    Libraries whose versions may differ are named in `allowed`; for every other difference of the
    two environments it raises comparability.UnlikeError. Where a control of either run failed, no
    change of its group's times is called.
    """
    comparability.require_alike(base, head, allowed)
    before = {record.case.id: record for record in base.records}
    after = {record.case.id: record for record in head.records}
    found: list[Change] = []
    comparable: list[Versions] = []
    for case in dict.fromkeys((*before, *after)):
        judged = status(before.get(case), after.get(case))
        if judged is not None:
            verdict, why = judged
            found.append(Change(case=case, metric="status", verdict=verdict, why=why))
        elif case in before and before[case].status in REACHED:
            comparable.append((before[case], after[case]))
    found += untimed.changes(comparable, _memory_margins(base, head))
    distrust = _distrust(base, "base") | _distrust(head, "head")
    times = timed.changes(base, head, [one for one, _ in comparable])
    found += [_trusted(change, distrust) for change in times]
    margins = [timed.wider_margin(base, head, one) for one, _ in comparable]
    found += trained.changes(comparable, margins)
    place = {case: number for number, case in enumerate(dict.fromkeys((*before, *after)))}
    return sorted(found, key=lambda change: place[change.case])


def _memory_margins(base: Run, head: Run) -> dict[str, float]:
    """The wider one of each scenario, as for times."""
    margins = base.memory_margins, head.memory_margins
    return {
        scenario: max(each.get(scenario, untimed.MEMORY_MARGIN) for each in margins)
        for scenario in {name for each in margins for name in each}
    }


def _distrust(run: Run, name: str) -> dict[str, str]:
    """Why the times of a case cannot be trusted, by its id; most have no entry."""
    return {
        row.record.case.id: f"{name} {row.distrust[0]}" for row in rows.rows(run) if row.distrust
    }


def _trusted(change: Change, distrust: Mapping[str, str]) -> Change:
    """The change, or that nothing can be said where the measuring itself was found wanting."""
    if change.case not in distrust:
        return change
    return replace(change, verdict="inconclusive", why=distrust[change.case])


def status(base: Record | None, head: Record | None) -> tuple[Name, str] | None:
    """Why the numbers of a case cannot be compared, or None if they can, or if neither has any."""
    had, has = _reached(base), _reached(head)
    if had == has:
        return _facts(base, head)
    for name, record in (("base", base), ("head", head)):
        if record and record.is_interrupted:
            return "incomparable", f"{name}: {record.ending}"
    if had > has:
        return "missing", head.ending if head else "the head does not have this case"
    return "new", f"base: {base.ending}" if base else "the base does not have this case"


def _reached(record: Record | None) -> int:
    """How far a case came: 2 measured, 1 built, 0 neither."""
    if record is None or record.status not in REACHED:
        return 0
    return len(REACHED) - REACHED.index(record.status)


def _facts(base: Record | None, head: Record | None) -> tuple[Name, str] | None:
    if base is None or head is None or not _reached(base):
        return None
    unlike = comparability.unlike_facts(base, head)
    return ("incomparable", "; ".join(unlike)) if unlike else None


def unmeasured(base: Run, head: Run) -> Iterator[str]:
    """Cases that neither run could measure, and so no verdict speaks of."""
    reached = {r.case.id for r in (*base.records, *head.records) if _reached(r)}
    every = dict.fromkeys(record.case.id for record in (*base.records, *head.records))
    return (case for case in every if case not in reached)
