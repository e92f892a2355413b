"""Bayesian: Optuna's tree-structured Parzen estimator (Bergstra et al. 2011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False
STARTUP = 4  # random trials first; Optuna's 10 would leave a small budget to chance alone


def run(task: Task) -> None:
    """Propose what resembles the better trials and not the worse ones."""
    from optuna.samplers import TPESampler

    from models.tuning.asking import propose

    propose(task, TPESampler(seed=task.seed, n_startup_trials=STARTUP, constant_liar=True))
