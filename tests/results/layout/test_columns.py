"""The order in which columns leave is the one that the documents tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.layout.columns import COLUMNS
from results.layout.training_columns import TRAINING_COLUMNS

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
