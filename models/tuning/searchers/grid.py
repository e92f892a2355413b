"""Everything: scikit-learn's GridSearchCV, the reference of all other searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = True
STOPS_EARLY = False


def run(task: Task) -> None:
    """Try each configuration once, in scikit-learn's order."""
    from sklearn.model_selection import GridSearchCV

    from models.tuning.scikit import search

    search(task, GridSearchCV, param_grid=task.space.grid())
