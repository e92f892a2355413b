"""Accuracy against the dense network of the same model: equal, better or worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from results.judging.accuracy import judge
from results.judging.predictions import encode
from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, predicted, quantity, record

if TYPE_CHECKING:
    from results.record import Record

IMAGES = 10_000
TWIN = 9_342  # images that the twin has right


def right(first: int, images: int = IMAGES) -> Record:
    """A record that has the first so many images right."""
    accuracy = quantity("accuracy", first / images, n=images)
    return record(case("grouped"), [accuracy], predictions=predicted(first, images))


def verdict(own: Record, twin: Record | None) -> str | None:
    (found,) = judge([(own, twin)])
    return found.name if found else None


@pytest.mark.parametrize(
    ("own", "name"),
    [
        pytest.param(TWIN, "equal", id="the_same"),
        pytest.param(TWIN - 5, "equal", id="five_images_are_luck"),
        pytest.param(TWIN - 50, "equal", id="significant_but_half_a_point"),
        pytest.param(TWIN - 51, "worse", id="significant_and_more"),
        pytest.param(TWIN - 94, "worse", id="below_99_percent"),
        pytest.param(TWIN + 5, "equal", id="five_gained_are_luck"),
        pytest.param(TWIN + 6, "better", id="a_significant_gain"),
    ],
)
def test_a_loss_counts_from_half_a_point_and_a_gain_as_soon_as_it_is_one(
    own: int, name: str
) -> None:
    assert verdict(right(own), right(TWIN)) == name


def test_a_loss_that_luck_explains_is_equal_however_large_the_test_set_makes_it() -> None:
    """0.9 points of 1,000 images, lost among many that changed both ways."""
    images = np.arange(1_000)
    of_twin, of_own = images < 950, (images >= 30) & (images < 971)
    twin, own = (
        replace(right(int(hits.sum()), 1_000), predictions=encode(0 * images, hits))
        for hits in (of_twin, of_own)
    )
    (found,) = judge([(own, twin)])
    assert found is not None
    assert found.name == "equal"
    assert "30 images lost, 21 gained" in found.why


def test_below_99_percent_is_worse_however_few_the_images() -> None:
    assert verdict(right(48, 50), right(49, 50)) == "worse"


def test_the_verdicts_of_a_scenario_are_corrected_for_their_number() -> None:
    pair = (right(TWIN + 6), right(TWIN))  # p = 0.031 alone
    alike = [(right(TWIN), right(TWIN))] * 9
    first, *_ = judge([pair, *alike])
    assert first is not None
    assert first.name == "equal"


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param(None, id="no_dense_network"),
        pytest.param(replace(right(TWIN), predictions=None), id="no_predictions"),
        pytest.param(right(934, 1_000), id="other_images"),
        pytest.param(replace(right(TWIN), facts={"data_sha256": "other"}), id="other_data"),
        pytest.param(replace(right(TWIN), quantities=()), id="no_labels"),
    ],
)
def test_nothing_is_judged_where_there_is_nothing_to_compare(twin: Record | None) -> None:
    assert verdict(right(TWIN), twin) is None


def test_change_is_against_the_network_that_accuracy_is_judged_by() -> None:
    records = [
        measured(case(baseline=True), 1e-3, 1.0, accuracy=0.95),
        measured(case("dense", "openvino-fp32"), 1e-3, 0.5, accuracy=0.9),
        measured(case("half_width", "openvino-fp32"), 1e-3, 0.4, accuracy=0.9),
        measured(case(), 1e-3, 0.5, accuracy=0.9),
    ]
    other = [replace(each, case=replace(each.case, model="deep_cnn")) for each in records[1:]]
    dense, *variants = table.rows(Run(records=(records[0], *other)))[1:]
    assert dense.as_dict()["accuracy_change"] == pytest.approx(-0.05)
    assert dense.as_dict()["accuracy_change_to_dense"] is None
    for row in variants:
        assert row.accuracy is not None
        assert row.accuracy.name == "equal"
        assert row.as_dict()["accuracy_change_to_dense"] == 0.0
    shown = table.text(Run(records=(records[0], *other)), 160)
    assert "-5.0" not in shown
    assert "empty for that network itself" in " ".join(shown.split())


def test_no_p_is_0() -> None:
    (found,) = judge([(right(TWIN - 5_000), right(TWIN))])
    assert found
    assert found.why.endswith("0 gained, p < 1e-06")
