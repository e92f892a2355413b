"""Evolutionary: Optuna's CMA-ES (Hansen and Ostermeier 2001); choices without order are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = False


def run(task: Task) -> None:
    """Propose from a normal distribution that moves to where scores are better."""
    from optuna.samplers import CmaEsSampler

    from models.tuning.asking import STARTUP, propose

    propose(
        task,
        CmaEsSampler(seed=task.seed, n_startup_trials=STARTUP, warn_independent_sampling=False),
    )
