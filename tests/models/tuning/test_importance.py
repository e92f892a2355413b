"""Which parameters matter, and by whose trials."""

from __future__ import annotations

from models.tuning.importance import FEWEST, Importance, importance
from models.tuning.trial import Found, Trial
from tests.models.tuning.fake import SPACE


def trial(number: int, score: float) -> Trial:
    found = Found(fold_scores=(score,), fold_seconds=(1.0,), cpu_s=1.0, thought_s=0.0)
    configuration = {
        one.name: one.choices[number % len(one.choices)] if one.choices else one.low
        for one in SPACE.parameters
    }
    return Trial(
        number=number, state="complete", configuration=configuration, rows=None, found=found
    )


def test_the_line_names_the_search_whose_trials_they_are() -> None:
    shares = {"depth": 0.84, "split": 0.155}
    line = str(Importance(searcher="grid", seed=3, trials=27, shares=shares))
    assert line == "Importance (fANOVA, the 27 trials of grid, seed 3): depth 84%, split 16%"


def test_too_few_trials_and_a_single_score_explain_nothing() -> None:
    trials = [trial(number, 0.5 + 0.01 * number) for number in range(FEWEST)]
    assert sum(importance(SPACE, trials).values()) > 0.99
    assert importance(SPACE, trials[1:]) == {}
    assert importance(SPACE, [trial(number, 0.5) for number in range(FEWEST)]) == {}
