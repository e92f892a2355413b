"""Judges time between two runs of different nights, through what was measured in turns with it.

The baseline of its group is the best divisor of a case's time, being the most alike, while it stays
as it is. Where the baseline itself changed, it would show that in every other case with its sign
turned round. So the baseline is divided by the yardstick, which never changes, and where it moved
the cases of its group are too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from results.comparing.change import latency_change
from results.judging import stats
from results.judging.verdict import verdicts
from results.layout.row import group_of
from results.layout.rows import DEFAULT_MARGIN, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.comparing.change import Change
    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.layout.row import GroupKey
    from results.record import Record
    from results.store import Run

Divisor = Literal["baseline", "yardstick"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """The time of one case in both runs, not judged yet."""

    record: Record  # of the base
    divisor: Divisor
    ratio: Ratio | None
    margin: float
    caveat: str = ""


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
        return stats.ratio(row.record.blocks, baseline.yardstick_blocks) if baseline else None


def changes(base: Run, head: Run, cases: Sequence[Record]) -> Iterator[Change]:
    """The latency change of each of these cases of the base, corrected over all of them."""
    timed = list(_timed(base, head, [each for each in cases if each.status == "measured"]))
    judged = verdicts([each.ratio for each in timed], [each.margin for each in timed])
    for each, verdict in zip(timed, judged, strict=True):
        yield _change(each, verdict)


def _timed(base: Run, head: Run, cases: Sequence[Record]) -> Iterator[_Timed]:
    before, after = _Times(base), _Times(head)

    def timed(record: Record, divisor: Divisor, caveat: str = "") -> _Timed:
        one = before.over(record.case.id, divisor)
        other = after.over(record.case.id, divisor)
        margins = (run.margins.get(record.case.scenario, DEFAULT_MARGIN) for run in (base, head))
        return _Timed(
            record=record,
            divisor=divisor,
            ratio=None if one is None or other is None else stats.between(one, other),
            margin=max(margins),
            caveat=caveat,
        )

    baselines = [timed(each, "yardstick") for each in cases if each.case.is_baseline]
    moves = _moves(baselines)
    yield from baselines
    for record in cases:
        if record.case.is_baseline:
            continue
        move = moves.get(group_of(record), "unknown")
        if move in {"slower", "faster"}:
            yield timed(record, "yardstick", f"; the baseline itself got {move}")
        elif move == "same":
            yield timed(record, "baseline")
        else:
            yield timed(record, "baseline", "; whether the baseline itself changed is not known")


def _moves(baselines: Sequence[_Timed]) -> dict[GroupKey, str]:
    """What happened to the baseline of each group."""
    judged = verdicts([each.ratio for each in baselines], [each.margin for each in baselines])
    return {
        group_of(each.record): verdict.name for each, verdict in zip(baselines, judged, strict=True)
    }


def _change(timed: _Timed, verdict: Verdict) -> Change:
    ratio = timed.ratio
    if ratio is None:
        why = f"no interval of the time over the {timed.divisor}'s in one of the runs"
    else:
        why = f"over the {timed.divisor}: {verdict.why}"
    return latency_change(timed.record.case.id, ratio, verdict.name, why + timed.caveat)
