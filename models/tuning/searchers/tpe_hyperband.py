"""TPE with Hyperband, which ends most trials early and lets few go on (Li et al. 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tuning.task import Task

EXHAUSTIVE = False
STOPS_EARLY = True


def run(task: Task) -> None:
    """End all but the best third at one step, at three times as many, and so on, in brackets."""
    from optuna.pruners import HyperbandPruner

    from models.tuning.asking import propose, tpe

    propose(task, tpe(task), HyperbandPruner(min_resource=1, max_resource=task.steps))
