"""What searches came to, compared at equal budget: pure computations on their trials."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from models.tuning.trial import Trial

NEARLY = 0.99  # of the reference's best score
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The best that a search had found by then."""

    number: int  # of the trial
    fits: int  # begun until this trial was finished
    seconds: float  # of the processor, for fits, judging and proposing
    score: float  # cross-validated accuracy, 0 to 1
    test: float  # accuracy on images that no search has seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One search that has ended, or was interrupted."""

    searcher: str
    seed: int
    fits: int
    seconds: float
    points: tuple[Point, ...]  # where the best changed; never empty

    @property
    def best(self) -> Point:
        """The last best."""
        return self.points[-1]

    def at(self, most: float, axis: Callable[[Point], float]) -> Point | None:
        """The best after so many fits or seconds; None if nothing was finished by then."""
        return max(
            (point for point in self.points if axis(point) <= most),
            key=lambda point: point.score,
            default=None,
        )

    def reaching(self, score: float) -> Point | None:
        """Where a score was first reached."""
        return next((point for point in self.points if point.score >= score), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean over seeds with its 95 % interval by Student's t; without one for a single seed."""

    value: float
    half_width: float | None

    @property
    def low(self) -> float | None:
        """The interval's lower end; None without one."""
        return None if self.half_width is None else self.value - self.half_width

    @property
    def high(self) -> float | None:
        """The interval's upper end; None without one."""
        return None if self.half_width is None else self.value + self.half_width


def outcome(
    searcher: str, seed: int, trials: Iterable[Trial], test: Callable[[int], float]
) -> Outcome | None:
    """From a study's trials; `test` is asked only for those that were the best. None: too early."""
    fits, seconds, points = 0, 0.0, list[Point]()
    for trial in trials:
        if trial.found is None:
            continue
        fits += trial.found.fits
        seconds += trial.found.effort_s
        score = trial.found.score if trial.whole else None
        if score is not None and (not points or score > points[-1].score):
            points.append(
                Point(
                    number=trial.number,
                    fits=fits,
                    seconds=seconds,
                    score=score,
                    test=test(trial.number),
                )
            )
    if not points:
        return None
    return Outcome(searcher=searcher, seed=seed, fits=fits, seconds=seconds, points=tuple(points))


def mean(values: Sequence[float]) -> Mean:
    """Over seeds, which are independent of each other."""
    from scipy import stats

    value = statistics.fmean(values)
    if len(values) == 1:
        return Mean(value=value, half_width=None)
    error = statistics.stdev(values) / len(values) ** 0.5
    factor = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
    return Mean(value=value, half_width=factor * error)


def regrets(outcomes: Sequence[Outcome], reference: Mapping[int, Outcome]) -> list[float]:
    """The reference's best score minus each search's, of the same seed; accuracy, 0 to 1."""
    return [
        reference[one.seed].best.score - one.best.score for one in outcomes if one.seed in reference
    ]


def shares(outcomes: Sequence[Outcome], reference: Mapping[int, Outcome]) -> list[float] | None:
    """Time until NEARLY the reference's best, over the time of the whole reference, by seed.

    None if a seed has no reference, or never came so far.
    """
    found = []
    for one in outcomes:
        whole = reference.get(one.seed)
        reached = whole and one.reaching(NEARLY * whole.best.score)
        if not whole or not reached:
            return None
        found.append(reached.seconds / whole.seconds)
    return found
