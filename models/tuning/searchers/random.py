"""By chance: scikit-learn's RandomizedSearchCV (Bergstra and Bengio 2012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False
MOST = 10_000  # when only seconds limit it; all are drawn before the first fit, which takes 2 s


def run(task: Task) -> None:
    """Try as many configurations as the budget allows; of lists alone, none of them twice."""
    from sklearn.model_selection import RandomizedSearchCV

    from models.tuning.scikit import search

    count = min(task.most_trials or MOST, task.space.size or MOST)
    search(
        task,
        RandomizedSearchCV,
        param_distributions=task.space.random(),
        n_iter=count,
        random_state=task.seed,
    )
