"""How numbers are scaled and rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.judging.row import Row
from results.layout import report
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
        accuracy_reference=record(
            case(baseline=True), [quantity("accuracy", 0.9556 - change, n=images)]
        ),
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
