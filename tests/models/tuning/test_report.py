from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from models.tuning.outcome import Outcome, Point
from models.tuning.report import compared, curves_csv, outcomes_csv, outcomes_of, text


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
    lines = text(compared(outcomes, 9)).splitlines()
    assert lines[3].split() == ["tpe", "1", "9", "3.0", "90.00", "89.00", "0.00", "3.0", "100.0"]


def test_without_a_grid_there_is_no_column_and_no_note_of_it() -> None:
    shown = text(compared([outcome("tpe", 0, 0.6, 0.7, 0.9)], 9))
    assert shown.splitlines()[2].split() == ["tpe", "1", "9", "3.0", "90.00", "89.00"]
    assert shown.splitlines()[0].split()[-3:] == ["test", "top-1", "(%)"]
    assert "Regret" not in shown
    assert "grid" not in shown


def test_an_interval_wider_than_all_there_can_be_is_not_shown() -> None:
    grid = [outcome("grid", seed, 0.5, 0.9) for seed in (0, 1)]
    tpe = [outcome("tpe", 0, 0.9), outcome("tpe", 1, 0.6, 0.7, 0.9)]
    table = compared([*grid, *tpe], 9)
    assert table.cells[1][-2:] == ("2.0 (no interval)", "66.7 (no interval)")
    assert "No interval: too few seeds" in table.note
    assert "No interval" not in compared(grid, 9).note


def test_a_grid_that_its_budget_ended_is_no_reference() -> None:
    """Of seconds: 9 of 27 fits are not everything, whatever else was found."""
    table = compared([outcome("grid", 0, 0.5, 0.9), outcome("tpe", 0, 0.6, 0.95)], 27)
    assert table.headers[-1] == "test top-1 (%)"
    assert table.rows[1]["regret"] is None
    assert "grid" not in table.note


def test_a_seed_whose_grid_did_not_finish_counts_for_no_regret() -> None:
    grid = [outcome("grid", 0, 0.9), replace(outcome("grid", 1, 0.7), fits=6)]
    tpe = [outcome("tpe", seed, 0.8) for seed in (0, 1)]
    (_, row) = compared([*grid, *tpe], 9).rows
    assert row["regret"] == pytest.approx(0.1)
    assert row["nearly_share"] is None


def test_an_interval_of_the_share_that_reaches_below_nothing_is_not_shown() -> None:
    """The defect: like a score it was compared with a whole."""
    grid = [replace(outcome("grid", seed, 0.9), seconds=30.0) for seed in range(3)]
    tpe = [outcome("tpe", 0, 0.9), outcome("tpe", 1, 0.9), outcome("tpe", 2, 0.6, 0.7, 0.9)]
    table = compared([*grid, *tpe], 9)
    assert table.cells[1][-1] == "5.6 (no interval)"


def test_a_curve_of_one_seed_has_no_interval() -> None:
    one, other = outcome("tpe", 0, 0.8), outcome("tpe", 1, 0.9)
    (row, *_) = csv.DictReader(io.StringIO(curves_csv([one], 3)))
    assert (float(row["cv"]), row["cv_low"], row["cv_high"], row["test_low"]) == (0.8, "", "", "")
    (row, *_) = csv.DictReader(io.StringIO(curves_csv([one, other], 3)))
    assert float(row["cv_low"]) < float(row["cv"]) < float(row["cv_high"])


def test_the_rows_are_the_cells_as_numbers() -> None:
    scores = (0.80, 0.84, 0.88)
    (row,) = compared([outcome("tpe", seed, score) for seed, score in enumerate(scores)], 9).rows
    assert (row["searcher"], row["seeds"], row["seeds_reached"]) == ("tpe", 3, None)
    assert row["cv"] == pytest.approx(0.84)
    assert row["cv_high"] == pytest.approx(0.84 + 4.302653 * 0.04 / 3**0.5)
    assert row["regret"] is None
    assert row["nearly_share_low"] is None
