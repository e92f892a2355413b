"""Bayesian: Optuna's Gaussian process with expected improvement (Jones et al. 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False


def run(task: Task) -> None:
    """Propose where a model of the score promises most."""
    from optuna.samplers import GPSampler

    from models.tuning.asking import STARTUP, propose

    propose(task, GPSampler(seed=task.seed, n_startup_trials=STARTUP, deterministic_objective=True))
