"""What a technique promised of the dense network's time, and what it really left of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import stats
from results.judging.references import DENSE

if TYPE_CHECKING:
    from results.judging.references import References
    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.record import Record

DEFINITION = (
    "Promised: share of the MACs of the same model's dense network. Realised: share of its time on "
    "the same engine and precision. Realised / promised: 1 is fully realised, above 1 less than "
    "promised."
)
UNKEPT = (
    "fewer MACs than the dense network, and not faster than it on the same engine and precision"
)
UNCLEAR = (
    "fewer MACs than the dense network, but not shown to be faster than it on the same engine and "
    "precision"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Shares of the same model's dense network on the same engine and precision."""

    promised: float | None  # of its MACs
    realised: Ratio | None  # of its time
    verdict: Verdict | None = None  # on the time; None where it was not measured

    @property
    def quotient(self) -> float | None:
        """Realised over promised: 1 is fully realised, above 1 less than promised."""
        if self.promised is None or self.realised is None:
            return None
        return self.realised.value / self.promised

    @property
    def note(self) -> str | None:
        """What a reader has to know of a promise that was not kept."""
        if self.promised is None or self.promised >= 1.0 or self.verdict is None:
            return None
        return {"faster": None, "inconclusive": UNCLEAR}.get(self.verdict.name, UNKEPT)


def promise(record: Record, found: References, baseline: Record | None) -> Promise | None:
    """Of one case, not judged yet; None of a dense one, which promises nothing."""
    if record.case.techniques == DENSE:
        return None
    own = record.value("macs")
    known = (each.value("macs") for each in (found.of_time, found.of_accuracy) if each)
    dense = next((macs for macs in known if macs), None)
    return Promise(
        promised=None if own is None or dense is None else own / dense,
        realised=_realised(record, found.of_time, baseline),
    )


def _realised(record: Record, sibling: Record | None, baseline: Record | None) -> Ratio | None:
    if sibling is None or baseline is None:
        return None
    if {each.status for each in (record, sibling, baseline)} != {"measured"}:
        return None
    return stats.ratio_through(record.blocks, sibling.blocks, baseline.blocks)
