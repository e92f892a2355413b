from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.workers.answers import NoRowsError, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

TWO = np.arange(6, dtype=np.float64).reshape(2, 3)


def test_rows_are_those_of_the_first_output_in_order_without_what_fills_the_last_batch() -> None:
    found = rows([([TWO, "other"], 2), ([TWO + 6], 1)], 2)
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_a_number_a_sample_is_a_row() -> None:
    assert rows([([np.array([True, False])], 2)], 2).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("batches", "why"),
    [
        ([[]], "there is no output that is a tensor"),
        ([[np.array(0.5)]], r"has the shape \(\), not a row for each of 2"),
        ([[np.ones((7, 6))]], r"has the shape \(7, 6\), not a row for each of 2"),
        ([[np.array(["cat", "dog"])]], "is of the type <U3, not numbers"),
        ([[[{0: 0.5}, {0: 0.25}]]], "is of the type list, not numbers"),
        ([[TWO], [TWO[:, :2]]], r"is once \(3,\) a sample and once \(2,\) a sample"),
    ],
    ids=["none", "scalar", "detections", "texts", "maps", "shapes"],
)
def test_what_is_no_row_a_sample_is_said(batches: Sequence[Sequence[Any]], why: str) -> None:
    with pytest.raises(NoRowsError, match=why):
        rows([(outputs, 2) for outputs in batches], 2)
