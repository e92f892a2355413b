"""Successive halving: scikit-learn's HalvingRandomSearchCV (Jamieson and Talwalkar 2016).

Many configurations are tried on few training images, the best third of them on three times as many,
until the last round sees (nearly) all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False
FACTOR = 3  # scikit-learn's default
MOST = 243  # configurations when only seconds limit the search


def run(task: Task) -> None:
    """Begin with as many configurations as all rounds of the budget allow."""
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - its import enables it
    from sklearn.model_selection import HalvingRandomSearchCV

    from models.tuning.scikit import search

    most = task.space.size or MOST
    count = max(n for n in range(1, most + 1) if n == 1 or _fits(task, n))
    search(
        task,
        HalvingRandomSearchCV,
        param_distributions=task.space.random(),
        n_candidates=count,
        factor=FACTOR,
        min_resources="exhaust",
        random_state=task.seed,
        return_train_score=False,
    )
    _judge_winner(task)


def _judge_winner(task: Task) -> None:
    """On all training images, as the best of every search is."""
    whole = len(task.part.labels)
    found = [(one.rows or whole, one.found.score, one) for one in task.study.trials() if one.found]
    *_, winner = max(found, key=lambda one: one[:2])
    task.evaluate_all([dict(winner.configuration)], task.splits())


def _fits(task: Task, count: int) -> bool:
    """Whether all rounds of a search that begins with so many stay within the budget."""
    if task.most_trials is None:
        return True
    trials = 1  # the winner once more, on all training images
    while True:
        trials += count
        if count < FACTOR:
            return trials <= task.most_trials
        count = -(-count // FACTOR)
