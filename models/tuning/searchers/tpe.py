"""Bayesian: Optuna's tree-structured Parzen estimator (Bergstra et al. 2011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False


def run(task: Task) -> None:
    """Propose what resembles the better trials and not the worse ones."""
    from models.tuning.asking import propose, tpe

    propose(task, tpe(task))
