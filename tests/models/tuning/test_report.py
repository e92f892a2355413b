from __future__ import annotations

from models.tuning.outcome import Outcome, Point
from models.tuning.report import outcomes_csv, outcomes_of, table


def outcome(searcher: str, seed: int, *scores: float) -> Outcome:
    points = tuple(
        Point(number=n, fits=3 * n + 3, seconds=n + 1.0, score=score, test=score - 0.01)
        for n, score in enumerate(scores)
    )
    return Outcome(searcher=searcher, seed=seed, fits=9, seconds=3.0, points=points)


def test_outcomes_come_back_from_their_file() -> None:
    outcomes = [outcome("grid", 0, 0.5, 0.9), outcome("tpe", 0, 0.8), outcome("tpe", 1, 0.7)]
    assert outcomes_of(outcomes_csv(outcomes)) == outcomes


def test_regret_and_share_are_against_the_exhaustive_search_of_the_same_seed() -> None:
    outcomes = [outcome("grid", 0, 0.5, 0.9), outcome("tpe", 0, 0.6, 0.7, 0.9)]
    lines = table(outcomes).splitlines()
    assert lines[3].split() == ["tpe", "1", "9", "3.0", "90.00", "89.00", "0.00", "3.0", "100.0"]
    alone = table(outcomes[1:]).splitlines()
    assert alone[2].split() == ["tpe", "1", "9", "3.0", "90.00", "89.00"]
