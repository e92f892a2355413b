"""Columns leave in the order that the documents tell, and what they mean is said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.layout import sheet, table
from results.layout.columns import COLUMNS, READY_DEFINITION
from results.layout.training_columns import TRAINING_COLUMNS
from results.store import Run
from tests.results.made_up import case, measured, quantity, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.layout.columns import Column

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize(
    ("columns", "document"), [(COLUMNS, "comparing.md"), (TRAINING_COLUMNS, "training.md")]
)
def test_columns_leave_in_the_order_that_is_documented(
    columns: Sequence[Column], document: str
) -> None:
    optional = [column for column in columns if column.leaves is not None]
    order = ", ".join(column.name for column in sorted(optional, key=lambda each: each.leaves or 0))
    assert f": {order}." in " ".join((DOCS / document).read_text().split())


def test_a_start_that_is_inconclusive_says_so_where_it_is_shown() -> None:
    unclear = measured(case("grouped"), 1e-3, 0.5)
    kept = tuple(each for each in unclear.quantities if each.metric.name != "ready_ratio")
    unclear = replace(unclear, quantities=(*kept, quantity("ready_ratio", 1.1, 0.7, 1.7, 5)))
    run = Run(records=(measured(case(baseline=True), 1e-3, 1.0), unclear))
    assert re.search(r"\| inconclusive \(\+\d+\) ", table.markdown(run))
    assert sheet.SETTLES in table.markdown(run)
    narrow = table.text(run, 80)
    assert "Not shown at this width: " in narrow
    assert "inconclusive" not in narrow
    assert sheet.SETTLES not in narrow
    assert "[1]" not in narrow


def test_what_ready_means_is_said_where_it_is_shown() -> None:
    run = Run(records=(measured(case(baseline=True), 1e-3, 1.0),))
    assert READY_DEFINITION in table.markdown(run)
    assert READY_DEFINITION not in table.markdown(Run(records=(record(case()),)))
