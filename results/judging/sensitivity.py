"""What a machine can tell apart: false alarms and power, from pairs whose true ratio is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from results.judging import stats
from results.judging.verdict import CHANGES, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.stats import Ratio

WANTED_POWER = 0.95
GRID = tuple(step / 1000 for step in range(1, 501))  # slowdowns of 0.1 % to 50 %
FLOOR_SHARE = 0.95  # of identical pairs that lie within the floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A measured ratio and the slowdown that was really there; 0.0 for identical code."""

    slowdown: float
    ratio: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How often a slowdown was called one."""

    slowdown: float
    pairs: int
    power: float  # share of the pairs that were judged "slower"


def false_alarms(pairs: Sequence[Pair], margin: float) -> int:
    """How many identical pairs were called faster or slower, each judged on its own."""
    identical = [pair.ratio for pair in pairs if not pair.slowdown]
    return sum(_name(ratio, margin) in CHANGES for ratio in identical)


def highest_rate(events: int, trials: int) -> float:
    """Upper end of the exact 95 % interval of a rate (Clopper & Pearson 1934)."""
    if not trials:
        return 1.0
    return float(scipy_stats.binomtest(events, trials).proportion_ci(stats.CONFIDENCE).high)


def detections(pairs: Sequence[Pair], margin: float) -> list[Detection]:
    """Power at each slowdown that was injected."""
    found = []
    for slowdown in sorted({pair.slowdown for pair in pairs if pair.slowdown}):
        names = [_name(pair.ratio, margin) for pair in pairs if pair.slowdown == slowdown]
        power = names.count("slower") / len(names)
        found.append(Detection(slowdown=slowdown, pairs=len(names), power=power))
    return found


def floor(pairs: Sequence[Pair]) -> float:
    """The relative difference that 95 % of identical pairs stay within."""
    off = [abs(pair.ratio.value - 1.0) for pair in pairs if not pair.slowdown]
    return float(np.quantile(off, FLOOR_SHARE)) if off else math.inf


def smallest_detectable(
    pairs: Sequence[Pair], margin: float, more_time: float = 1.0
) -> float | None:
    """The smallest slowdown found with 95 % power, None if it is beyond 50 %.

    Every pair's error (measured over true ratio) is laid on each slowdown of a grid, and the
    judgement made again: a bootstrap without resampling, as every error is used once.

    Args:
        pairs: measured pairs of any slowdown.
        margin: relative, of the judgement.
        more_time: how many times the replicates; errors shrink by its square root.
    """
    errors = [error for pair in pairs if (error := _error(pair, more_time))]
    for slowdown in GRID if errors else ():
        found = sum(error.is_found(slowdown, margin) for error in errors)
        if found >= WANTED_POWER * len(errors):
            return slowdown
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    """How far a pair was off its true ratio, and what it took for its uncertainty; log scale."""

    off: float
    half_width: float

    def is_found(self, slowdown: float, margin: float) -> bool:
        center = math.log1p(slowdown) + self.off
        return center > max(math.log1p(margin), self.half_width)


def _error(pair: Pair, more_time: float) -> _Error | None:
    error = stats.log_error(pair.ratio)
    if error is None:
        return None
    before = pair.ratio.replicates
    count = max(2, round(before * more_time))
    off = math.log(pair.ratio.value) - math.log1p(pair.slowdown)
    deviation = error * math.sqrt(before)
    return _Error(
        off=off * math.sqrt(before / count),
        half_width=deviation * stats.half_width_factor(count),
    )


def _name(ratio: Ratio, margin: float) -> str:
    return verdicts([ratio], margin)[0].name
