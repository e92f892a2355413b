"""Tables of expected values: default tolerances, and files that people edit."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios
from results.expecting import expected
from results.expecting.expected import METRICS, Expected, Tolerance
from results.store import StoreError
from tests.results.made_up import quantity

ROOT = Path(__file__).resolve().parents[3]
CASE = "digits-cnn/simple_cnn+dense/eager-fp32/b1"


def line(metric: str, value: str, tolerance: str = "0") -> Expected:
    (found,) = expected.parsed(
        f"case,metric,value,tolerance\n{CASE},{metric},{value},{tolerance}", "x.csv"
    )
    return found


def allows(tolerance: str, value: str, found: str) -> bool:
    one = line("params", value, tolerance)
    return one.tolerance.allows(one.value, Decimal(found))


@pytest.mark.parametrize(
    ("tolerance", "value", "within", "beyond"),
    [
        ("0", "21840", "21840", "21841"),
        ("1", "21840", "21839", "21838"),
        ("1%", "34627", "34973", "34974"),
        ("1 %", "34627", "34281", "34280"),
        ("2%", "100", "102", "103"),
        ("0.0005", "0.91", "0.9105", "0.910501"),
        ("0.0092", "0.995", "0.9858", "0.985799"),
        ("5%", "0", "0", "1"),
    ],
)
def test_a_tolerance_is_how_far_off_a_value_may_be(
    tolerance: str, value: str, within: str, beyond: str
) -> None:
    assert allows(tolerance, value, within)
    assert not allows(tolerance, value, beyond)


@pytest.mark.parametrize(
    ("name", "value", "n", "cells"),
    [
        ("params", 21840.0, None, "21840,0"),
        ("nonzero_params", 4368.0, None, "4368,0"),
        ("macs", 4e15, None, "4000000000000000,0"),
        ("artifact_bytes", 99293.0, None, "99293,1%"),
        ("accuracy", 586 / 600, 600, "0.976667,0.0092"),
        ("accuracy", 0.91, 10_000, "0.91,0.00055"),
        ("accuracy", 1.0, 600, "1,0.0092"),
        ("accuracy", 0.97, None, "0.97,0"),
    ],
)
def test_each_kind_of_number_has_its_tolerance(
    name: str, value: float, n: int | None, cells: str
) -> None:
    one = expected.expected_of(CASE, quantity(name, value, n=n))
    assert expected.text([one]).splitlines()[1] == f"{CASE},{name},{cells}"


@given(n=st.integers(50, 100_000), data=st.data())
def test_five_images_are_within_tolerance_and_six_are_not(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(6, n - 6))
    one = expected.expected_of(CASE, quantity("accuracy", right / n, n=n))
    for change, within in ((5, True), (-5, True), (6, False), (-6, False)):
        found = expected.rounded(quantity("accuracy", (right + change) / n, n=n))
        assert one.tolerance.allows(one.value, found) is within


amounts = st.decimals(0, 10**12, places=6)
lines = st.builds(
    Expected,
    case=st.from_regex(r"[a-z]+/[a-z@=.,+\"]*[a-z]/b[1-9]", fullmatch=True),
    metric=st.sampled_from(METRICS),
    value=amounts,
    tolerance=st.builds(Tolerance, amount=amounts, is_percentage=st.booleans()),
)
tables = st.lists(lines, unique_by=lambda one: (one.case, one.metric))


@given(tables)
def test_a_table_reads_back_as_it_was_written(table: list[Expected]) -> None:
    read = list(expected.parsed(expected.text(table), "x.csv"))
    assert sorted(read, key=repr) == sorted(normal(table), key=repr)
    assert expected.text(read) == expected.text(table)


def normal(table: list[Expected]) -> list[Expected]:
    """Each number as the text of it reads: a Decimal keeps zeros that say nothing."""
    return [
        Expected(
            case=one.case,
            metric=one.metric,
            value=Decimal(expected.plain(one.value)),
            tolerance=Tolerance(
                amount=Decimal(expected.plain(one.tolerance.amount)),
                is_percentage=one.tolerance.is_percentage,
            ),
        )
        for one in table
    ]


def test_the_order_is_by_case_then_by_metric() -> None:
    table = [line("accuracy", "1"), line("params", "1"), line("macs", "1")]
    shown = [row.split(",")[1] for row in expected.text(table).splitlines()[1:]]
    assert shown == ["params", "macs", "accuracy"]


def test_what_a_spreadsheet_saves_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    edited = f"\ufeffcase, metric,value,tolerance\r\n\r\n{CASE}, params ,21840.0, 1 %\r\n,,,\r\n"
    file.write_bytes(edited.encode())
    assert expected.read(file) == [line("params", "21840.0", "1%")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "x.csv:1: found nothing, expected case,metric,value,tolerance; correct it, or delete"),
        ("case,metric\n", "x.csv:1: found case,metric, expected case,metric,value,tolerance"),
        ("{c},params,1", "x.csv:2: found 3 cells, expected case,metric,value,tolerance"),
        ("{c},latency,1,0", "x.csv:2: found metric 'latency', expected one of params, nonzero_"),
        ("{c},params,many,0", "x.csv:2: found value 'many', expected a number, 0 or more;"),
        ("{c},params,NaN,0", "x.csv:2: found value 'NaN', expected a number"),
        ("{c},params,-1,0", "x.csv:2: found value '-1', expected a number"),
        ("{c},params,1,", "x.csv:2: found tolerance '', expected a number, 0 or more, such as 0,"),
        ("{c},params,1,inf", "x.csv:2: found tolerance 'inf', expected a number"),
        ("{c},params,1,%", "x.csv:2: found tolerance '', expected a number"),
        ("\n{c},macs,1,0\n{c},macs,2,0", f"x.csv:4: found macs of {CASE} again, expected one line"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(content: str, message: str) -> None:
    whole = content if "{c}" not in content else f"case,metric,value,tolerance\n{content}"
    with pytest.raises(StoreError, match=re.escape(message)) as caught:
        list(expected.parsed(whole.replace("{c}", CASE), "x.csv"))
    assert "python -m results expect update" in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match=re.escape(f"{file}: cannot be read")):
        expected.read(file)


@pytest.mark.parametrize(
    ("case", "device"),
    [
        (CASE, "cpu"),
        (f"{CASE}/t4", "cpu"),
        (f"{CASE}/cuda0", "cuda0"),
        (f"{CASE}/t4/cuda12", "cuda12"),
        (f"{CASE}/cuda0/twin", "cuda0"),
        ("cuda0/simple_cnn+dense/eager-fp32/b1/twin", "cpu"),
    ],
)
def test_the_id_of_a_case_says_its_device(case: str, device: str) -> None:
    assert expected.device_of(case) == device


def test_a_table_is_named_by_its_scenario() -> None:
    assert expected.file_of("digits-cnn").relative_to(ROOT) == Path(
        "results/expected/digits-cnn.csv"
    )
    with pytest.raises(StoreError, match="cannot name a file"):
        expected.file_of("../digits-cnn")


@pytest.mark.parametrize("file", sorted(expected.FOLDER.glob("*.csv")), ids=lambda file: file.stem)
def test_each_committed_table_can_be_read_and_is_of_a_shipped_scenario(file: Path) -> None:
    assert file.stem in scenarios.shipped()
    assert {one.case.partition("/")[0] for one in expected.read(file)} == {file.stem}
