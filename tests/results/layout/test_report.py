"""How numbers are scaled and rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.judging.stats import ratio_from_interval
from results.judging.verdict import Verdict
from results.layout import report
from results.layout.row import Row
from tests.results.made_up import case, quantity, record


@pytest.mark.parametrize(
    ("value", "half_width", "shown"),
    [
        (0, None, "0"),
        (1234.5678, None, "1,230"),
        (1234.5678, 0.2, "1,235"),
        (1234.5678, 30.0, "1,230"),
        (1234.5678, 900.0, "1,200"),
        (12.3456, 0.004, "12.35"),
        (12.3456, 0.04, "12.35"),
        (12.3456, 0.4, "12.3"),
        (12.3456, 4.0, "12"),
        (12.3456, 40.0, "12"),
        (0.00123456, None, "0.00123"),
        (999.9, None, "1,000"),
        (-0.0456, None, "-0.0456"),
        (5.0, 0.0, "5.000"),
    ],
)
def test_a_number_has_the_digits_that_its_interval_supports(
    value: float, half_width: float | None, shown: str
) -> None:
    assert report.number(value, half_width) == shown


@given(st.floats(1e-9, 1e15), st.none() | st.floats(1e-12, 1e15))
def test_a_shown_number_is_within_half_of_its_value(value: float, half_width: float | None) -> None:
    assert float(report.number(value, half_width).replace(",", "")) == pytest.approx(value, rel=0.5)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([], "s"),
        ([2.0], "s"),
        ([0.5], "ms"),
        ([45e-3, 2e-3], "ms"),
        ([45e-3, 0.9e-3], "µs"),
        ([3e-9], "µs"),
        ([1e-6, 2.0, 3.0], "s"),
    ],
)
def test_one_unit_fits_all_values_of_a_group(values: list[float], name: str) -> None:
    assert report.unit_for(values, report.SECONDS).name == name


@pytest.mark.parametrize(
    ("low", "high", "spread", "shown"),
    [
        (None, None, None, "123"),
        (123.4e-6, 123.5e-6, None, "123.5"),
        (120e-6, 127e-6, None, "123"),
        (123.4e-6, 123.5e-6, 0.1, "123"),
        (123.4e-6, 123.5e-6, 0.3, "120"),
    ],
)
def test_latency_shows_what_its_interval_and_the_spread_support(
    low: float | None, high: float | None, spread: float | None, shown: str
) -> None:
    quantities = [quantity("latency_p50_s", 123.45e-6, low, high)]
    if spread is not None:
        quantities.append(quantity("replicate_spread", spread))
    unit = report.SECONDS[2]
    assert report.latency(record(case(), quantities), unit) == shown


def judged(value: float, low: float, high: float, name: str = "faster") -> Row:
    return Row(
        record=record(case()),
        ratio=ratio_from_interval(value, low, high, 5),
        verdict=Verdict(name=name, why=""),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("row", "versus", "time_ratio"),
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
def test_a_gain_and_its_ratio_read_like_this(row: Row, versus: str, time_ratio: str) -> None:
    assert (report.versus(row), report.time_ratio(row)) == (versus, time_ratio)


@pytest.mark.parametrize(
    ("images", "change", "shown", "shown_change"),
    [
        (360, -0.0083, "95.6", "-0.8"),
        (10_000, -0.0083, "95.56", "-0.83"),
        (1_000_000, 0.0083, "95.56", "+0.83"),
        (None, 0.0, "95.6", "+0.0"),
        (20, -0.0001, "96", "+0"),
    ],
)
def test_accuracy_has_the_digits_that_one_image_moves(
    images: int | None, change: float, shown: str, shown_change: str
) -> None:
    row = Row(
        record=record(case(), [quantity("accuracy", 0.9556, n=images)]),
        twin=record(case(baseline=True), [quantity("accuracy", 0.9556 - change, n=images)]),
    )
    assert report.accuracy(row.record) == shown
    assert report.accuracy_change(row) == shown_change


def test_what_has_no_dense_network_beside_it_shows_no_change() -> None:
    alone = Row(record=record(case(), [quantity("accuracy", 0.9556)]), accuracy_change=-0.02)
    assert report.accuracy_change(alone) == ""


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (None, None, "92.8"),
        (0.903, 0.953, "93 (90 to 95)"),
        (0.9241, 0.9315, "92.8 (92.4 to 93.2)"),
        (0.928, 0.928, "92.80 (92.80 to 92.80)"),
    ],
)
def test_a_share_over_seeds_shows_its_interval(
    low: float | None, high: float | None, shown: str
) -> None:
    only = record(case(), [quantity("accuracy", 0.928, low, high)])
    assert report.percent_interval(only, "accuracy") == shown
    assert report.percent_interval(record(case()), "accuracy") == report.ABSENT


@pytest.mark.parametrize(
    ("fact", "shown"), [("3: 88.6 ± 0.2 %", "3: 88.6 ± 0.2"), ("1", ""), ("none", "")]
)
def test_accuracy_over_seeds_reads_like_this(fact: str, shown: str) -> None:
    assert report.over_seeds(record(case(), facts={"seeds": fact})) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.334, "0.33"), (1.0, "1.00"), (0.0, "0.00"), (0.0042, "0.004"), (0.00031, "0.0003")],
)
def test_a_small_share_keeps_a_digit(value: float, shown: str) -> None:
    assert report.share(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(88_432, "88.4 kB"), (999, "999 B"), (None, "")])
def test_a_thousand_bytes_are_a_kb_with_a_small_k(value: float | None, shown: str) -> None:
    assert report.size(value) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases")])
def test_cases_are_counted(count: int, shown: str) -> None:
    assert report.cases([""] * count) == shown
