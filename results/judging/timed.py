"""Judges time between two runs of different nights, through what was measured in turns with it.

The baseline of its group is the best divisor of a case's time, being the most alike, while it stays
as it is. Where the baseline itself changed, it would show that in every other case with its sign
turned round. So the baseline is divided by the yardstick, which never changes, and where it moved
the cases of its group are too. Only a time of the yardstick's own clock can be divided by it: of a
GPU's time over a host's nobody knows which of the two moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from results.judging import stats
from results.judging.change import latency_change
from results.judging.row import group_of
from results.judging.rows import DEFAULT_MARGIN, rows
from results.judging.verdict import CHANGES, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from results.judging.change import Change
    from results.judging.stats import Ratio
    from results.judging.verdict import Name, Verdict
    from results.record import Record
    from results.store import Run

Divisor = Literal["baseline", "yardstick"]
# A baseline and the yardstick are unlike work, which a machine's hour favours differently. Six runs
# of one commit, minutes apart, differed by 1.0 % (root of the mean square) and 2.6 % at most, where
# what their processes tell is 0.8 % (docs/evidence/nights.py): less than this is no change.
NIGHTS_MARGIN = 0.03
YARDSTICK_CLOCK = "wall"  # it runs in the interpreter of the host, also where cases run on a GPU


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """The time of one case in both runs, not judged yet."""

    record: Record  # of the base
    divisor: Divisor
    ratio: Ratio | None
    margin: float
    caveat: str = ""

    def change(self, verdict: Verdict) -> Change:
        why = f"over the {self.divisor}: {verdict.why}" if self.ratio else self._why_not()
        return latency_change(self.record.case.id, self.ratio, verdict.name, why + self.caveat)

    def _why_not(self) -> str:
        clock = self.record.facts.get("clock")
        if self.divisor == "yardstick" and clock != YARDSTICK_CLOCK:
            return f"timed by {clock}, the yardstick by {YARDSTICK_CLOCK}: that is no ratio"
        return f"no interval of the time over the {self.divisor}'s in one of the runs"


def wider_margin(base: Run, head: Run, record: Record) -> float:
    """Of both runs' margins of time for the case's scenario."""
    scenario = record.case.scenario
    return max(run.margins.get(scenario, DEFAULT_MARGIN) for run in (base, head))


class _Times:
    """The ratios of one run by case, over each of its divisors."""

    def __init__(self, run: Run) -> None:
        self._rows = {row.record.case.id: row for row in rows(run)}
        records = [row.record for row in self._rows.values()]
        self._baselines = {group_of(each): each for each in records if each.case.is_baseline}

    def over(self, case: str, divisor: Divisor) -> Ratio | None:
        row = self._rows[case]
        if divisor == "baseline":
            return row.ratio
        baseline = self._baselines.get(row.group)
        if baseline is None or row.record.facts.get("clock") != YARDSTICK_CLOCK:
            return None
        return stats.ratio(row.record.blocks, baseline.yardstick_blocks)


class _Nights:
    """Both runs."""

    def __init__(self, base: Run, head: Run) -> None:
        self._runs = base, head
        self._before, self._after = _Times(base), _Times(head)

    def timed(self, record: Record, divisor: Divisor, caveat: str = "") -> _Timed:
        one = self._before.over(record.case.id, divisor)
        other = self._after.over(record.case.id, divisor)
        margin = wider_margin(*self._runs, record)
        return _Timed(
            record=record,
            divisor=divisor,
            ratio=None if one is None or other is None else stats.between(one, other),
            margin=max(margin, NIGHTS_MARGIN) if divisor == "yardstick" else margin,
            caveat=caveat,
        )


def changes(base: Run, head: Run, cases: Sequence[Record]) -> Iterator[Change]:
    """The latency change of each of these cases of the base, the baselines first.

    Baselines are corrected over all baselines, the others over all others: how the others are
    judged depends on what the baselines did, which therefore has to be one answer and stay so.
    """
    nights = _Nights(base, head)
    measured = [each for each in cases if each.status == "measured"]
    baselines = _judged(nights.timed(each, "yardstick") for each in measured if _is_baseline(each))
    moves = {group_of(each.record): (verdict.name, each.ratio) for each, verdict in baselines}
    others = _judged(
        _beside(nights, each, *moves.get(group_of(each), (None, None)))
        for each in measured
        if not _is_baseline(each)
    )
    return (timed.change(verdict) for timed, verdict in (*baselines, *others))


def _is_baseline(record: Record) -> bool:
    return record.case.is_baseline


def _beside(nights: _Nights, record: Record, move: Name | None, baseline: Ratio | None) -> _Timed:
    """A case whose baseline did this, if that is known."""
    if move in CHANGES:
        return nights.timed(record, "yardstick", f"; the baseline itself got {move}")
    if move != "same" or baseline is None:
        caveat = "; whether the baseline itself changed is not known"
        return nights.timed(record, "baseline", caveat)
    found = nights.timed(record, "baseline")
    if abs(baseline.value - 1.0) <= found.margin:
        return found
    return replace(found, caveat=f"; the baseline itself is at {baseline.value:.3f} of what it was")


def _judged(family: Iterable[_Timed]) -> list[tuple[_Timed, Verdict]]:
    """With their verdicts, corrected over all of them."""
    timed = list(family)
    judged = verdicts([each.ratio for each in timed], [each.margin for each in timed])
    return list(zip(timed, judged, strict=True))
