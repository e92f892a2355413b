"""A task: what a searcher is given to work on, and the only way to have something evaluated."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.errors import ModelError
from models.tuning.space import key
from models.tuning.trial import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from models.tuning.problems import Part, Problem
    from models.tuning.space import Configuration, Space
    from models.tuning.study import Study
    from models.tuning.trial import Trial

    Split = tuple[NDArray[np.intp], NDArray[np.intp]]  # rows to fit, rows to judge on
    Watch = Callable[[int, float], bool]  # step and score; True: end it here, it goes badly
    Progress = Callable[[Configuration, Found, int | None], None]

POLL_S = 0.2  # how often to look whether another process has finished; a fit takes longer
SEEDS = 2**32  # seeds of NumPy's generators, from which all searchers draw, are 0 to one below


class Spent(Exception):  # noqa: N818 - no error: it ends a search as planned
    """The budget is used up."""


class _Pruned(Exception):  # noqa: N818 - no error: it ends a fit as planned
    """The searcher wants no more of this configuration."""


def check_seed(where: str, seed: int) -> None:
    """ModelError unless every searcher can draw with it."""
    if not 0 <= seed < SEEDS:
        msg = f"{where} is {seed}, but must be a whole number from 0 to {SEEDS - 1}"
        raise ModelError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a search ends; what is None does not limit it."""

    fits: int | None = None
    seconds: float | None = None  # of the processes that search, summed over them


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One search: a problem with its data, the study that keeps the trials, a budget and a seed."""

    problem: Problem
    part: Part  # all that the search may see; the test images are not in it
    folds: int
    study: Study
    limits: Limits
    seed: int
    progress: Progress

    @property
    def space(self) -> Space:
        """What may be chosen."""
        return self.study.space

    @property
    def most_trials(self) -> int | None:
        """How many configurations on all folds the budget allows; None: not limited by number."""
        return None if self.limits.fits is None else self.limits.fits // self.folds

    @property
    def steps(self) -> int:
        """The most that a trial reports on its way, over all folds."""
        name = self.problem.STEPS
        parameters = [one for one in self.space.parameters if one.name == name]
        return self.folds * max(
            [int(max(one.choices, default=one.high)) for one in parameters], default=0
        )

    def splits(self) -> list[Split]:
        """The folds, the same for every searcher and seed: scikit-learn's for a whole number."""
        return list(self.cross_validation().split(self.part.labels, self.part.labels))

    def cross_validation(self) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """scikit-learn's splitter, as GridSearchCV makes it from cv=folds."""
        from sklearn.model_selection import StratifiedKFold

        return StratifiedKFold(self.folds)

    def finished(self, configuration: Configuration, rows: int | None = None) -> Trial | None:
        """The trial of a configuration, if any process has finished it."""
        wanted = key(configuration, rows)
        return next(
            (
                one
                for one in self.study.trials()
                if one.found and key(one.configuration, one.rows) == wanted
            ),
            None,
        )

    def evaluate_all(
        self,
        configurations: Sequence[Configuration],
        splits: Sequence[Split],
        rows: int | None = None,
    ) -> list[Trial]:
        """Evaluate each once, together with other processes; returns when all are finished."""
        names = [key(one, rows) for one in configurations]
        while True:
            found = [one for one in self.study.trials() if one.found]
            known = {key(one.configuration, one.rows): one for one in found}
            trials = [known.get(name) for name in names]
            missing = [
                one for one, trial in zip(configurations, trials, strict=True) if trial is None
            ]
            if not missing:
                return [trial for trial in trials if trial]
            evaluated = [self.evaluate(one, splits, rows) for one in missing]
            if not any(evaluated):
                time.sleep(POLL_S)  # others have all of them

    def evaluate(
        self,
        configuration: Configuration,
        splits: Sequence[Split],
        rows: int | None = None,
        *,
        thought_s: float = 0.0,
        watch: Watch | None = None,
    ) -> Found | None:
        """Fit and judge on each fold; None if another process has this configuration."""
        self.check_limits(self.study.trials())
        claimed = self.study.claim(configuration, rows)
        if claimed is None:
            return None
        trial_id, before = claimed
        try:
            self.check_limits(before)  # of several processes the first to claim may go on
            found = self._measured(configuration, splits, thought_s, watch or _never)
        except BaseException as error:
            self.study.fail(trial_id, repr(error))
            raise
        self.study.finish(trial_id, found)
        self.progress(configuration, found, rows)
        return found

    def check_limits(self, trials: Sequence[Trial]) -> None:
        """Spent, unless one more trial is within the limits."""
        live = [one for one in trials if one.state != "failed"]
        fits = sum(one.found.fits if one.found else self.folds for one in live)
        duration_s = sum(one.found.duration_s for one in live if one.found)
        most_fits, most_s = self.limits.fits, self.limits.seconds
        if most_fits is not None and fits + self.folds > most_fits:
            raise Spent
        if most_s is not None and duration_s >= most_s:
            raise Spent

    def _measured(
        self,
        configuration: Configuration,
        splits: Sequence[Split],
        thought_s: float,
        watch: Watch,
    ) -> Found:
        scores: list[float] = []
        seconds: list[float] = []
        steps: dict[int, float] = {}
        start_cpu_s = time.process_time()

        def report(step: int, score: float) -> None:
            """Steps count on from fold to fold; their score is the mean over the folds so far."""
            number = len(scores) * self._steps(configuration) + step
            steps[number] = (sum(scores) + score) / (len(scores) + 1)
            if watch(number, steps[number]):
                raise _Pruned

        pruned = False
        for fitted, judged in splits:
            start_s = time.perf_counter()
            train, test = self.part.rows(fitted), self.part.rows(judged)
            try:
                scores.append(self.problem.score(configuration, train, test, self.seed, report))
            except _Pruned:
                pruned = True
            seconds.append(time.perf_counter() - start_s)
            if pruned:
                break
        return Found(
            fold_scores=tuple(scores),
            fold_seconds=tuple(seconds),
            cpu_s=time.process_time() - start_cpu_s,
            thought_s=thought_s,
            steps=steps,
            pruned=pruned,
        )

    def _steps(self, configuration: Configuration) -> int:
        """How often one fit reports."""
        name = self.problem.STEPS
        return int(configuration[name]) if name else 0


def _never(_step: int, _score: float) -> bool:
    return False
