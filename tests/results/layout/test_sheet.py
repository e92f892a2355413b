"""Which columns fit a terminal: what readers choose by always, and never less in a wider one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    columns, tables = sheet.fitted(whole(name), width)
    return frozenset(column.name for column in columns), "\n".join(tables)


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
    return {column.name for column in sheet.sheet(rows).columns}
