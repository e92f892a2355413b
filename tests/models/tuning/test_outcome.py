from __future__ import annotations

import pytest

from models.tuning import report
from models.tuning.outcome import Outcome, mean, outcome, regrets, shares
from models.tuning.trial import Found, Trial


def trial(number: int, score: float, rows: int | None = None) -> Trial:
    found = Found(fold_scores=(score, score), fold_seconds=(1.0, 1.0), cpu_s=2.0, thought_s=0.5)
    return Trial(number=number, state="complete", configuration={}, rows=rows, found=found)


def found(searcher: str, *scores: float, seed: int = 0) -> Outcome:
    trials = [trial(number, score) for number, score in enumerate(scores)]
    result = outcome(searcher, seed, trials, lambda number: number / 10)
    assert result
    return result


def test_only_what_improves_on_the_best_is_a_point_and_tested() -> None:
    one = found("tpe", 0.8, 0.7, 0.9)
    assert [(p.number, p.fits, p.seconds, p.test) for p in one.points] == [
        (0, 2, 2.5, 0.0),
        (2, 6, 7.5, 0.2),
    ]
    assert (one.fits, one.seconds) == (6, 7.5)


def test_trials_on_fewer_rows_cost_time_and_are_no_best() -> None:
    trials = [trial(0, 0.99, rows=30), trial(1, 0.8)]
    one = outcome("halving", 0, trials, lambda _: 0.5)
    assert one
    assert [(p.number, p.fits, p.score) for p in one.points] == [(1, 4, 0.8)]


def test_a_search_that_judged_nothing_has_no_outcome() -> None:
    assert outcome("halving", 0, [trial(0, 0.9, rows=30)], lambda _: 0.5) is None


def test_regret_and_time_are_against_the_reference_of_the_same_seed() -> None:
    grid = {0: found("grid", 0.5, 1.0, 0.9, 0.9), 1: found("grid", 0.8, 0.8, seed=1)}
    others = [found("tpe", 0.6, 0.995), found("tpe", 0.8, seed=1)]
    assert regrets(others, grid) == pytest.approx([0.005, 0.0])
    assert shares(others, grid) == [5.0 / 10.0, 2.5 / 5.0]
    assert shares([found("random", 0.6)], grid) is None  # never came so far


def test_the_interval_is_students() -> None:
    over = mean([1.0, 2.0, 3.0])
    assert over.value == 2.0
    assert over.half_width == pytest.approx(4.302653 * 1.0 / 3**0.5)
    alone = mean([1.0])
    assert (alone.half_width, alone.low, alone.high) == (None, None, None)


def test_the_table_says_who_never_came_so_far() -> None:
    grid = [found("grid", 0.5, 1.0, seed=seed) for seed in (0, 1)]
    random = [found("random", 0.6), found("random", 1.0, seed=1)]
    lines = report.text(report.compared([*grid, *random], 4)).splitlines()
    assert lines[2].split()[:3] == ["grid", "2", "4"]
    assert "reached by 1 of 2" in lines[3]
    assert "100.0" in lines[2]


def test_a_curve_begins_where_every_seed_has_something() -> None:
    one, late = found("tpe", 0.6, 0.7), found("tpe", 0.8, seed=1)
    rows = [line.split(",")[:4] for line in report.curves_csv([one, late], 2).splitlines()]
    assert ["tpe", "fits", "2.0", "0.7"] in rows
    assert ["tpe", "fits", "4.0", "0.75"] in rows
