"""What the cell of a verdict says."""

from __future__ import annotations

import pytest

from results.judging.row import Row
from results.judging.stats import ratio_from_interval
from results.judging.verdict import Verdict
from results.layout import report, versus
from tests.results.made_up import case, record


def judged(
    value: float, low: float, high: float, name: str = "faster", more: int | None = None
) -> Row:
    return Row(
        record=record(case()),
        ratio=ratio_from_interval(value, low, high, 5),
        verdict=Verdict(name=name, why="", more=more),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("row", "shown", "time_ratio"),
    [
        (judged(0.42, 0.41, 0.43), "2.38x faster", "0.420 (0.410 to 0.430)"),
        (judged(0.42, 0.30, 0.58), "2.4x faster", "0.42 (0.30 to 0.58)"),
        (judged(0.985, 0.979, 0.991), "1.015x faster", "0.985 (0.979 to 0.991)"),
        (judged(0.985, 0.974, 0.997), "1.015x faster", "0.985 (0.974 to 0.997)"),
        (judged(0.967, 0.938, 0.9965), "1.03x faster", "0.967 (0.938 to 0.997)"),
        (judged(0.978, 0.957, 0.99997), "1.02x faster", "0.97800 (0.95700 to 0.99997)"),
        (judged(1.023, 1.003, 1.044, "slower"), "1.02x slower", "1.023 (1.003 to 1.044)"),
        (judged(0.19, 0.1, 0.37), "5.3x faster", "0.19 (0.10 to 0.37)"),
        (judged(0.00031, 0.0002, 0.0005), "3,200x faster", "0.00031 (0.00020 to 0.00050)"),
        (judged(12.5, 12.1, 12.9, "slower"), "12.5x slower", "12.5 (12.1 to 12.9)"),
        (judged(0.0781, 0.0773, 0.0789), "12.8x faster", "0.0781 (0.0773 to 0.0789)"),
        (judged(0.5, 0.5, 0.5), "2.00x faster", "0.5000 (0.5000 to 0.5000)"),
        (judged(150.0, 110.0, 205.0, "slower"), "150x slower", "150 (110 to 205)"),
        (judged(1.001, 0.998, 1.004, "same"), "same", "1.001 (0.998 to 1.004)"),
        (judged(1.2, 0.6, 2.4, "inconclusive"), "inconclusive", "1.2 (0.6 to 2.4)"),
    ],
)
def test_a_gain_and_its_ratio_read_like_this(row: Row, shown: str, time_ratio: str) -> None:
    assert (versus.time(row), report.time_ratio(row)) == (shown, time_ratio)


UNCLEAR = judged(0.98, 0.95, 1.01, "inconclusive", more=22)


def test_what_is_inconclusive_says_how_many_replicates_would_settle_it() -> None:
    assert versus.time(UNCLEAR) == "inconclusive (+22)"


def test_without_the_column_of_the_ratio_it_says_the_ratio_instead() -> None:
    assert versus.time_alone(UNCLEAR) == "inconclusive 0.98"
    assert versus.time_alone(judged(0.42, 0.41, 0.43)) == "2.38x faster"
