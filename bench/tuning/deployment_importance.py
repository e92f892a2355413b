"""What time and accuracy depend on in a search for what to ship, by Optuna's fANOVA of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import TrialState

from models.tuning.importance import FEWEST

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial


def importance(study: optuna.Study) -> dict[str, dict[str, float]]:
    """Share of each objective's variance by parameter, 0 to 1, largest first.

    There is none with fewer than FEWEST cells, nor of an objective that has one value in all of
    them, such as the accuracy of one network in one precision. Of time it is that of the logarithm,
    as ratios are compared: of the ratios themselves the few slowest cells would have nearly all
    variance.
    """
    measured = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(measured) < FEWEST:
        return {}
    return {
        name: get_param_importances(
            study, evaluator=FanovaImportanceEvaluator(seed=0), target=target
        )
        for name, target in (("time", _log_time), ("accuracy", _accuracy))
        if len({target(one) for one in measured}) > 1
    }


def _log_time(trial: FrozenTrial) -> float:
    return math.log(trial.values[0])


def _accuracy(trial: FrozenTrial) -> float:
    return float(trial.values[1])
