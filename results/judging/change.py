"""A Change between two versions of a case, and the order of verdicts from bad to good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from results.judging.stats import Ratio

Worse = Literal["wrong", "missing", "slower", "larger"]
Unclear = Literal["incomparable", "inconclusive"]
Fine = Literal["same", "smaller", "faster", "better", "new"]
Name = Literal[Worse, Unclear, Fine]

WORSE: tuple[Worse, ...] = ("wrong", "missing", "slower", "larger")
UNCLEAR: tuple[Unclear, ...] = ("incomparable", "inconclusive")
FINE: tuple[Fine, ...] = ("same", "smaller", "faster", "better", "new")
FROM_BAD_TO_GOOD: tuple[Name, ...] = (*WORSE, *UNCLEAR, *FINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One metric of one case in two versions, head over base."""

    case: str
    metric: str  # "latency", the public form's name of a number, or "status" of the case itself
    ratio: float | None = None
    low: float | None = None  # 95 % interval, where the metric has noise
    high: float | None = None
    verdict: Name
    why: str


def latency_change(case: str, ratio: Ratio | None, verdict: Name, why: str) -> Change:
    """The change of a case's latency."""
    return Change(
        case=case,
        metric="latency",
        ratio=None if ratio is None else ratio.value,
        low=None if ratio is None else ratio.low,
        high=None if ratio is None else ratio.high,
        verdict=verdict,
        why=why,
    )


def worst(changes: Iterable[Change]) -> Name | None:
    """The worst verdict of all, or None without any."""
    found = {change.verdict for change in changes}
    return next((name for name in FROM_BAD_TO_GOOD if name in found), None)


def exit_code(changes: Iterable[Change]) -> int:
    """0 nothing got worse, 1 something did, 3 it cannot be told."""
    name = worst(changes)
    if name in WORSE:
        return 1
    return 3 if name is None or name in UNCLEAR else 0
