"""Columns leave in the order that the documents tell, and what they mean is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.layout import table
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


def test_a_start_that_is_inconclusive_says_why_and_what_it_is() -> None:
    unclear = measured(case("grouped"), 1e-3, 0.5)
    kept = tuple(each for each in unclear.quantities if each.metric.name != "ready_ratio")
    unclear = replace(unclear, quantities=(*kept, quantity("ready_ratio", 1.1, 0.7, 1.7, 5)))
    run = Run(records=(measured(case(baseline=True), 1e-3, 1.0), unclear))
    shown = table.markdown(run)
    assert "[1] ready vs baseline inconclusive: about " in shown
    assert READY_DEFINITION in shown
    assert READY_DEFINITION not in table.markdown(Run(records=(record(case()),)))
