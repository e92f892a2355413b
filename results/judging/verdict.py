"""Judges ratios: faster, slower, same, or inconclusive with what would settle it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from results.judging import stats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from results.judging.stats import Ratio

    Correction = Callable[[Sequence[float]], list[float]]

ALPHA = 0.05  # share of false alarms among the changes called, after correction
LEAST_REPLICATES = 3  # two processes agree by luck too often; the design's least number
SMALLEST_P = 1e-6  # below it the exact number only says how well a t distribution fits
MOST_REPLICATES = 1000  # beyond this "how many more" is no longer advice

Name = Literal["faster", "slower", "same", "inconclusive"]
CHANGES: frozenset[Name] = frozenset({"faster", "slower"})

HELD_DOWN = "the GPU's clock was held down in most blocks of one side alone; its notes say why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a ratio allows to say, and why."""

    name: Name
    why: str
    more: int | None = None  # replicates that would settle it, where that is known


def verdicts(
    ratios: Sequence[Ratio | None],
    margin: float | Sequence[float],
    corrected: Correction = stats.benjamini_hochberg,
) -> list[Verdict]:
    """One verdict per ratio, corrected for the number of those with enough replicates for one.

    The margin is one for all, or one for each.

    faster, slower: significant and off by more than the margin. same: not that, and the whole
    interval within twice the margin. Everything else is inconclusive, and so is a ratio of which
    one side alone had its clock held down, unless it was the faster one all the same.
    """
    tested = [_tested(each) for each in ratios]
    adjusted = iter(corrected([p_value for p_value in tested if p_value is not None]))
    margins = [margin] * len(ratios) if isinstance(margin, int | float) else margin
    return [
        _verdict(ratio, None if p_value is None else next(adjusted), each)
        for ratio, p_value, each in zip(ratios, tested, margins, strict=True)
    ]


def _tested(ratio: Ratio | None) -> float | None:
    """Its p-value; None if it cannot have another verdict than that there are too few replicates.

    Whatever its p-value is, it is not tested, and must not make the correction of others harsher.
    """
    return None if ratio is None or ratio.replicates < LEAST_REPLICATES else ratio.p_value


def _verdict(ratio: Ratio | None, adjusted_p: float | None, margin: float) -> Verdict:
    """What the numbers say, unless it may be for a clock that was held down on one side alone."""
    found = _by_numbers(ratio, adjusted_p, margin)
    if ratio is None or ratio.held_down == 0 or found.name == "inconclusive":
        return found
    all_the_more = "faster" if ratio.held_down > 0 else "slower"  # at equal clocks
    return found if found.name == all_the_more else Verdict(name="inconclusive", why=HELD_DOWN)


def _by_numbers(ratio: Ratio | None, adjusted_p: float | None, margin: float) -> Verdict:
    if ratio is None:
        return Verdict(name="inconclusive", why="no round was measured of both it and its baseline")
    low, high = ratio.low, ratio.high
    if ratio.replicates < LEAST_REPLICATES or adjusted_p is None or low is None or high is None:
        more = _plural(max(1, LEAST_REPLICATES - ratio.replicates))
        have = _plural(ratio.replicates)
        return Verdict(name="inconclusive", why=f"{have} cannot tell luck from change; {more} more")
    beyond = abs(ratio.value - 1.0) > margin
    if beyond and adjusted_p <= ALPHA:
        name: Name = "faster" if ratio.value < 1.0 else "slower"
        return Verdict(name=name, why=f"{shown(adjusted_p)}, margin {100 * margin:.3g} %")
    if within(low, high, margin):
        return Verdict(name="same", why=f"within {200 * margin:.3g} %")
    return _unsettled(more_replicates(ratio, adjusted_p, margin))


def within(low: float, high: float, margin: float) -> bool:
    """Whether the whole interval lies within twice the margin of 1."""
    return 1.0 - 2.0 * margin <= low and high <= 1.0 + 2.0 * margin


def _unsettled(more: int | None) -> Verdict:
    why = f"too noisy: over {MOST_REPLICATES} replicates would be needed"
    if more is not None:
        why = f"about {_plural(more)} more would settle it"
    return Verdict(name="inconclusive", why=why, more=more)


def more_replicates(ratio: Ratio, adjusted_p: float, margin: float) -> int | None:
    """How many more replicates settle it if center and spread stay as they are; None if too many.

    Settled is a change when the significance suffices after the same correction, or sameness
    when the interval fits. The spread is the sample's, itself uncertain by half at five replicates.
    """
    error = stats.log_error(ratio)
    if error is None:
        return None
    center = math.log(ratio.value)
    deviation = error * math.sqrt(ratio.replicates)
    beyond = abs(ratio.value - 1.0) > margin
    correction = 1.0 if not ratio.p_value else max(1.0, adjusted_p / ratio.p_value)
    for count in range(ratio.replicates + 1, MOST_REPLICATES + 1):
        if beyond and abs(center) > deviation * stats.half_width_factor(count, ALPHA / correction):
            return count - ratio.replicates
        half_width = deviation * stats.half_width_factor(count)
        if within(math.exp(center - half_width), math.exp(center + half_width), margin):
            return count - ratio.replicates
    return None


def shown(p_value: float) -> str:
    """Such as "p = 0.031"; what is below SMALLEST_P is not told apart, and nothing is 0."""
    return f"p = {p_value:.2g}" if p_value >= SMALLEST_P else f"p < {SMALLEST_P:g}"


def _plural(count: int) -> str:
    return f"{count} replicate" if count == 1 else f"{count} replicates"
