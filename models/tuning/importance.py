"""Which parameters matter: Optuna's fANOVA over trials (Hutter et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.tuning.space import Space
    from models.tuning.trial import Trial

FEWEST = 8  # trials; with fewer, a forest of the scores explains nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """How much of the score's variance each parameter explains, and over whose trials."""

    searcher: str
    seed: int
    trials: int
    shares: Mapping[str, float]  # 0 to 1, largest first

    def __str__(self) -> str:
        listed = ", ".join(f"{name} {share:.0%}" for name, share in self.shares.items())
        whose = f"{self.searcher}, seed {self.seed}"
        return f"Importance (fANOVA, the {self.trials} trials of {whose}): {listed}"


def importance(space: Space, trials: Sequence[Trial]) -> dict[str, float]:
    """The share of the score's variance that each searched parameter explains, largest first.

    Empty with fewer than FEWEST trials, or if all of them have one score.
    """
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    judged = [one for one in trials if one.whole and one.found]
    scores = {one.found.score for one in judged if one.found}
    if len(judged) < FEWEST or len(scores) == 1:
        return {}
    study = optuna.create_study(direction="maximize")
    for one in judged:
        study.add_trial(
            optuna.trial.create_trial(
                params=space.proposed(one.configuration),
                distributions=space.proposals(),
                value=one.found.score if one.found else None,
            )
        )
    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
