"""Which columns fit a terminal: what readers choose by always, and never less in a wider one."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.judging import controls
from results.layout import sheet, table
from results.store import Run
from tests.results.judging.test_target import table_run
from tests.results.made_up import case, measured, quantity, whole_run

if TYPE_CHECKING:
    from results.record import Record

PROMISE = {"promised", "realised", "realised / promised"}
WIDTHS = st.integers(1, 320)


def _cold_start() -> Run:
    return replace(
        whole_run(),
        records=tuple(
            replace(each, case=replace(each.case, scenario="cold-start"))
            for each in whole_run().records
        ),
    )


def _on_a_device() -> Run:
    records = [measured(case(baseline=True), 1e-3, 1.0), measured(case("grouped"), 1e-3, 0.5)]
    peak = quantity("device_peak_bytes", 2.5e9)
    return Run(
        records=tuple(replace(each, quantities=(*each.quantities, peak)) for each in records)
    )


RUNS = {
    "inference": whole_run,
    "training": table_run,
    "cold-start": _cold_start,
    "device": _on_a_device,
}


@cache
def whole(name: str) -> sheet.Sheet:
    return sheet.sheet(table.rows(RUNS[name]()))


@cache
def shown(name: str, width: int) -> tuple[frozenset[str], str]:
    """The columns at this width, and the tables."""
    fitted, tables = sheet.fitted(whole(name), width)
    return frozenset(fitted.shown), "\n".join(tables)


@pytest.mark.parametrize("name", RUNS)
@settings(deadline=None)
@given(widths=st.tuples(WIDTHS, WIDTHS))
def test_a_wider_terminal_never_shows_less(name: str, widths: tuple[int, int]) -> None:
    narrow, wide = (shown(name, width) for width in sorted(widths))
    assert narrow[0] <= wide[0]
    assert narrow[1].count("…") >= wide[1].count("…")


@pytest.mark.parametrize("name", RUNS)
@given(width=WIDTHS)
@settings(deadline=None)
def test_promised_and_realised_are_shown_together_or_not_at_all(name: str, width: int) -> None:
    assert shown(name, width)[0] & PROMISE in (set(), PROMISE)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("inference", {"vs baseline", "host memory", "accuracy verdict"}),
        ("device", {"vs baseline", "device memory", "accuracy verdict"}),
        ("training", {"vs baseline", "time to target vs baseline"}),
        ("cold-start", {"vs baseline", "ready vs baseline", "accuracy verdict"}),
    ],
)
def test_what_readers_choose_by_never_leaves(name: str, answers: set[str]) -> None:
    assert shown(name, 1)[0] == {"variant", "engine", *answers}


def test_a_column_without_content_is_left_out_and_one_of_a_block_is_not() -> None:
    records = (measured(case(baseline=True), 1e-3, 1.0), measured(case("grouped"), 1e-3, 0.5))
    assert not sheet_of(*records) & {"device memory", "build time", "energy"}
    without_dense = [replace(each, case=replace(each.case, engine="openvino")) for each in records]
    lonely = sheet_of(records[0], without_dense[1])
    assert not sheet_of(records[0]) & {"ready vs baseline", "accuracy verdict"}
    assert lonely >= PROMISE  # of its dense network there is only the accuracy's twin: no realised


def sheet_of(*records: Record) -> set[str]:
    rows = table.rows(Run(records=records))
    return sheet.sheet(rows).shown


def unclear() -> Record:
    """A case whose time is inconclusive, and whose start is."""
    found = measured(case("grouped"), 1e-3, 0.97, factors=(1.1, 0.9, 1.0, 1.05, 0.95))
    kept = [each for each in found.quantities if each.metric.name != "ready_ratio"]
    return replace(found, quantities=(*kept, quantity("ready_ratio", 1.1, 0.7, 1.7, 5)))


def of(*records: Record) -> sheet.Sheet:
    return sheet.sheet(table.rows(Run(records=records)))


def test_what_more_replicates_would_settle_has_no_footnote() -> None:
    laid_out = of(measured(case(baseline=True), 1e-3, 1.0), unclear())
    assert not laid_out.numbers
    assert "".join(laid_out.tables(100)).count("inconclusive (+") == 2
    assert list(laid_out.signs())[-1] == sheet.SETTLES


def test_without_its_column_the_ratio_stands_beside_the_verdict() -> None:
    laid_out = of(measured(case(baseline=True), 1e-3, 1.0), unclear())
    narrow, tables = sheet.fitted(laid_out, 60)
    assert "time ratio" not in narrow.shown
    assert "inconclusive 0.97" in tables[0]
    (sign,) = narrow.signs()
    assert re.fullmatch(
        r"Beside inconclusive: the ratio; about \d+ replicates more would settle it\.", sign
    )


def test_a_footnote_about_a_column_leaves_with_it() -> None:
    untrusted = measured(case("dense (A/A twin)"), 1e-3, 1.0, ready=2.0)
    twin = replace(untrusted, facts={**untrusted.facts, controls.FACT: controls.TWIN})
    laid_out = of(measured(case(baseline=True), 1e-3, 1.0), twin)
    narrow, _ = sheet.fitted(laid_out, 80)
    assert any("untrusted" in text for text in laid_out.numbers)
    assert not narrow.numbers


def test_the_footnotes_of_a_row_stand_in_the_order_of_their_numbers() -> None:
    first = measured(case("grouped"), 1e-3, 0.5, notes=("one", "two"))
    second = measured(case("half_width"), 1e-3, 0.5, notes=("three", "two", "one"))
    laid_out = of(measured(case(baseline=True), 1e-3, 1.0), first, second)
    (group,) = laid_out.groups
    assert [laid_out.marks(row) for row in group] == ["", "[1] [2]", "[1] [2] [3]"]


def test_an_absent_value_is_told_from_an_empty_cell_where_there_is_one() -> None:
    whole_one = of(measured(case(baseline=True), 1e-3, 1.0), measured(case("grouped"), 1e-3, 0.5))
    without = replace(measured(case("grouped"), 1e-3, 0.5), quantities=())
    absent = of(measured(case(baseline=True), 1e-3, 1.0), without)
    assert [len(list(each.signs())) for each in (whole_one, absent)] == [0, 1]
