"""TPE that ends what is worse than the median of earlier trials (Golovin et al. 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = True


def run(task: Task) -> None:
    """End a trial whose best score so far is below the median of the others' at that step."""
    from optuna.pruners import MedianPruner

    from models.tuning.asking import STARTUP, propose, tpe

    propose(task, tpe(task), MedianPruner(n_startup_trials=STARTUP))
