from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from results.judging import batches, predictions
from results.judging.rows import rows
from tests.results.made_up import case, measured, predicted, quantity, record, whole_run

if TYPE_CHECKING:
    from results.record import Record

IMAGES = 10_000


def answered(right: int, batch_size: int, target: str = "openvino-int8") -> Record:
    accuracy = quantity("accuracy", right / IMAGES, n=IMAGES)
    key = case("half_width", target, batch_size=batch_size)
    return record(key, [accuracy], predictions=predicted(right, IMAGES))


@pytest.mark.parametrize("wrong_at", [1, 64])
def test_what_is_worse_at_one_batch_size_is_told_there(wrong_at: int) -> None:
    rights = {1: 8_868, 32: 8_868, 64: 8_868} | {wrong_at: 5_517}
    found = batches.notes([answered(right, size) for size, right in rights.items()])
    noted = dict(zip(rights, found, strict=True))
    line = noted.pop(wrong_at)
    assert line is not None
    assert line.startswith("less accurate than at batch size ")
    assert "55.17 % after 88.68 %: 3351 images lost, 0 gained" in line
    assert set(noted.values()) == {None}


def test_a_few_images_that_rounding_moves_are_nothing_to_tell() -> None:
    assert batches.notes([answered(8_868, 1), answered(8_860, 64)]) == [None, None]


def test_the_best_batch_size_does_not_count_in_the_correction() -> None:
    """One comparison, p = 0.033: 400 images lost, 341 gained."""
    right = np.arange(IMAGES) < 8_868
    moved = right.copy()
    moved[:400], moved[-341:] = False, True
    best, other = answered(8_868, 1), answered(8_809, 64)
    classes = np.zeros(IMAGES, np.int64)
    best, other = (
        replace(each, predictions=predictions.encode(classes, answers))
        for each, answers in ((best, right), (other, moved))
    )
    _, line = batches.notes([best, other])
    assert line is not None
    assert "400 images lost, 341 gained, p = 0.03" in line


def test_other_engines_are_other_files() -> None:
    found = batches.notes([answered(8_868, 1), answered(5_517, 64, "onnxruntime-int8")])
    assert found == [None, None]


def test_without_answers_there_is_nothing_to_compare() -> None:
    one = answered(8_868, 1)
    assert batches.notes([one, replace(answered(0, 64), predictions=None)]) == [None, None]


def test_the_row_notes_it() -> None:
    run = whole_run()
    twins = [measured(case(baseline=True, batch_size=64), 1e-3, 1.0, accuracy=0.5)]
    with_other = replace(run, records=(*run.records, *twins))

    (row,) = [row for row in rows(with_other) if row.record is twins[0]]
    assert any("less accurate than at batch size" in note for note in row.notes)
