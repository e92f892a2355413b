"""Judges a case's accuracy against its reference's on the same images: equal, better or worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from results.judging import stats
from results.judging.predictions import disagreements
from results.judging.verdict import ALPHA, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.record import Record

LEAST_SHARE = 0.99  # of the reference's accuracy: the usual bar for a quantised model, as MLPerf's
MOST_LOSS = 0.005  # fraction of the test set: half a point, about what training anew moves
ROUNDING = 1e-12  # 0.995 - 0.990 is not quite 0.005
DEFINITION = (
    f"Accuracy: equal is at least {100 * LEAST_SHARE:g} % of the same model's dense network on the "
    "baseline's engine and precision (on the case's own where that was not measured), and no "
    f"significant loss above {100 * MOST_LOSS:g} points (McNemar, the same images); better is a "
    "significant gain."
)
CHANGE = (
    "Change: points of accuracy against that dense network; empty for that network itself, and "
    "where there is none."
)

Name = Literal["equal", "better", "worse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How an accuracy compares with the reference's, and by which images."""

    name: Name
    why: str
    is_significant: bool  # after correction; a `worse` below 99 % need not be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two accuracies over the same images."""

    own: float
    reference: float
    lost: int  # images that only the reference got right
    gained: int  # images that only the case got right

    @property
    def p_value(self) -> float:
        return stats.mcnemar(self.lost, self.gained)

    def judged(self, adjusted_p: float) -> Judged:
        is_significant = adjusted_p < ALPHA
        return Judged(
            name=self._name(is_significant=is_significant),
            why=f"{100 * self.own:.4g} % after {100 * self.reference:.4g} %: "
            f"{self.lost} images lost, {self.gained} gained, {shown(adjusted_p)}",
            is_significant=is_significant,
        )

    def _name(self, *, is_significant: bool) -> Name:
        below = self.own < LEAST_SHARE * self.reference - ROUNDING
        lost = self.reference - self.own > MOST_LOSS + ROUNDING
        if below or (lost and is_significant):
            return "worse"
        return "better" if is_significant and self.gained > self.lost else "equal"


def judge(pairs: Sequence[tuple[Record, Record | None]]) -> list[Judged | None]:
    """One verdict for each case and its reference, corrected over all; None without images.

    The correction is the one of times (Benjamini & Hochberg 1995). A case may fall below 99 % with
    fewer images than significance takes: it is `worse` all the same, as nothing shows that it is
    equal.
    """
    found = [_pair(record, reference) for record, reference in pairs]
    adjusted = iter(stats.benjamini_hochberg([each.p_value for each in found if each]))
    return [each.judged(next(adjusted)) if each else None for each in found]


def _pair(record: Record, reference: Record | None) -> _Pair | None:
    if reference is None or record.predictions is None or reference.predictions is None:
        return None
    own, other = record.value("accuracy"), reference.value("accuracy")
    images = disagreements(reference.predictions, record.predictions)
    unlike = record.facts.get("data_sha256") != reference.facts.get("data_sha256")
    if own is None or other is None or images is None or unlike:
        return None
    lost, gained = images
    return _Pair(own=own, reference=other, lost=lost, gained=gained)
