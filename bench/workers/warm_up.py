"""Warm-up: run until times no longer fall, or until a cap that is reported."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_S = 0.005
LOOK_BACK = 3  # windows on each side of the comparison
STILL_FALLING = 0.02  # a later median lower by more than this means: not steady yet
CAP_S = 2.0  # compiled CPU code is steady within 0.1 s; only a bad machine comes near this


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """How warming up went."""

    iterations: int
    duration_s: float
    steady: bool  # False: the cap ended it
    iteration_s: float  # the last windows' median


def warm_up(window: Callable[[float], tuple[int, float]]) -> WarmUp:
    """Run windows until the last three are not faster than the three before them.

    The test is one-sided: noise makes windows differ either way, warming only makes them
    faster. Comparing medians of three keeps one interrupted window from deciding.

    Args:
        window: runs iterations for at least so many seconds; returns their number and duration.
    """
    means_s: list[float] = []
    iterations, total_s = 0, 0.0
    steady = False
    while not steady and total_s < CAP_S:
        count, duration_s = window(WINDOW_S)
        iterations += count
        total_s += duration_s
        means_s.append(duration_s / count)
        if len(means_s) >= 2 * LOOK_BACK:
            earlier = median(means_s[-2 * LOOK_BACK : -LOOK_BACK])
            steady = median(means_s[-LOOK_BACK:]) >= earlier * (1 - STILL_FALLING)
    return WarmUp(
        iterations=iterations,
        duration_s=total_s,
        steady=steady,
        iteration_s=median(means_s[-LOOK_BACK:]),
    )
