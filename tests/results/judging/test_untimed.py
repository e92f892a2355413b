"""Sizes, counts, memory and correctness between two runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from results.comparing.change import exit_code
from results.comparing.compare import compare
from results.judging import predictions
from tests.results.nights import OPENVINO, edited, night, verdicts, with_value, without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from results.store import Run


@pytest.mark.parametrize(
    ("name", "value", "n", "verdict"),
    [
        ("params", 21841, None, "larger"),
        ("params", 21839, None, "smaller"),
        ("macs", 481_240, None, "same"),
        ("host_peak_bytes", 312e6 * 1.019, None, "same"),
        ("host_peak_bytes", 312e6 * 1.03, None, "larger"),
        ("host_peak_bytes", 312e6 * 0.9, None, "smaller"),
        ("accuracy", 0.97 - 5 / 600, 600, "same"),
        ("accuracy", 0.97 - 6 / 600, 600, "wrong"),
        ("accuracy", 0.97 + 6 / 600, 600, "better"),
        ("accuracy", 0.97, 500, "incomparable"),
        ("artifact_bytes", 88_432, None, "new"),
    ],
)
def test_what_has_no_noise_needs_no_statistics(
    name: str, value: float, n: int | None, verdict: str
) -> None:
    head = edited(night(), OPENVINO, with_value(name, value, n))
    assert verdicts(compare(night(), head), name)[OPENVINO] == verdict


@pytest.mark.parametrize(("margin", "verdict"), [(0.02, "larger"), (0.05, "same")])
def test_memory_is_judged_by_the_wider_margin_of_its_scenario(margin: float, verdict: str) -> None:
    base = replace(night(), memory_margins={"digits-cnn": margin})
    head = edited(night(), OPENVINO, with_value("host_peak_bytes", 312e6 * 1.03))
    for one, other in ((base, head), (replace(base, memory_margins={}), head)):
        wider = verdict if one is base else "larger"
        assert verdicts(compare(one, other), "host_peak_bytes")[OPENVINO] == wider


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(2e6, 2e6 * 1.01, "same"), (2e6, 3e6, "larger"), (0.0, 3e6, "larger"), (3e6, 0.0, "smaller")],
)
@pytest.mark.parametrize("name", ["engine_scratch_bytes", "engine_weights_bytes"])
def test_what_an_engine_takes_of_a_device_is_judged_as_memory_is(
    name: str, before: float, after: float, verdict: str
) -> None:
    base, head = (edited(night(), OPENVINO, with_value(name, size)) for size in (before, after))
    assert verdicts(compare(base, head), name)[OPENVINO] == verdict


def test_accuracy_of_an_unknown_number_of_images_is_exact() -> None:
    base = edited(night(), OPENVINO, with_value("accuracy", 0.97))
    head = edited(night(), OPENVINO, with_value("accuracy", 0.9699))
    assert verdicts(compare(base, base), "accuracy")[OPENVINO] == "same"
    assert verdicts(compare(base, head), "accuracy")[OPENVINO] == "wrong"


def test_a_number_that_is_no_longer_measured_is_missing() -> None:
    changes = compare(night(), edited(night(), OPENVINO, without("accuracy")))
    assert verdicts(changes, "accuracy")[OPENVINO] == "missing"
    assert exit_code(changes) == 1


@pytest.mark.parametrize(
    ("lost", "gained", "verdict"),
    [
        (0, 0, "same"),
        (5, 0, "same"),
        (6, 0, "wrong"),
        (0, 6, "better"),
        (30, 24, "same"),  # six fewer, as above: this time it is luck
        (30, 12, "wrong"),
    ],
)
def test_accuracies_are_compared_image_by_image_where_predictions_were_kept(
    lost: int, gained: int, verdict: str
) -> None:
    before, after = np.ones(600, np.bool_), np.ones(600, np.bool_)
    after[:lost] = False
    before[lost : lost + gained] = False

    def said(right: NDArray[np.bool_]) -> Run:
        kept = predictions.encode(np.zeros(600, np.int64), right)
        run = edited(night(), OPENVINO, with_value("accuracy", float(right.mean()), 600))
        return edited(run, OPENVINO, lambda record: replace(record, predictions=kept))

    changes = compare(said(before), said(after))
    assert verdicts(changes, "accuracy")[OPENVINO] == verdict
    (why,) = [c.why for c in changes if c.metric == "accuracy" and c.case == OPENVINO]
    assert f"{lost} images lost, {gained} gained, p = " in why
