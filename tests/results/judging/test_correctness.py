"""Accuracy and agreement between two runs: by the images, by intervals over seeds, by counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from results.comparing.compare import compare
from results.judging import correctness, predictions
from tests.results.made_up import case, quantity, record
from tests.results.nights import OPENVINO, edited, night, verdicts, with_value

if TYPE_CHECKING:
    from results.record import Record
    from results.store import Run


def of_images(name: str, right: list[bool]) -> Record:
    """A case that kept what it said of each image."""
    kept = predictions.encode(np.zeros(len(right), np.int64), np.array(right))
    share = quantity("accuracy", sum(right) / len(right), n=len(right))
    return record(case(name), [share], predictions=kept)


def versions(
    lost: int, gained: int, images: int = 10_000, name: str = "dense"
) -> tuple[Record, Record]:
    """A case before and after it lost and gained so many images, with 3 % wrong in both."""
    both = [True] * (images * 97 // 100 - lost - gained)
    neither = [False] * (images - len(both) - lost - gained)
    before = [*both, *[True] * lost, *[False] * gained, *neither]
    after = [*both, *[False] * lost, *[True] * gained, *neither]
    return of_images(name, before), of_images(name, after)


def names(pairs: list[tuple[Record, Record]]) -> list[str | None]:
    return [found and found[0] for found in correctness.judge(pairs, "accuracy")]


@pytest.mark.parametrize(
    ("lost", "gained", "images", "verdict"),
    [
        pytest.param(0, 0, 10_000, "same", id="nothing"),
        pytest.param(60, 0, 10_000, "wrong", id="significant_and_beyond_the_margin"),
        pytest.param(50, 0, 10_000, "same", id="half_a_point"),
        pytest.param(500, 440, 10_000, "same", id="luck"),
        pytest.param(0, 60, 10_000, "better", id="a_gain"),
        pytest.param(9, 0, 600, "wrong", id="few_images"),
        pytest.param(5, 0, 400, "inconclusive", id="below_99_percent_and_not_significant"),
    ],
)
def test_accuracies_are_compared_image_by_image_where_predictions_were_kept(
    lost: int, gained: int, images: int, verdict: str
) -> None:
    (found,) = correctness.judge([versions(lost, gained, images)], "accuracy")
    assert found is not None
    name, why = found
    assert name == verdict
    assert f"{lost} images lost, {gained} gained, p " in why


def test_accuracies_are_corrected_over_all_cases() -> None:
    """Eight of 600 images lost by one case of sixty is what luck does."""
    alone = versions(8, 0, 600)
    others = [versions(0, 0, 600, f"grouped@groups={number}") for number in range(59)]
    assert names([alone]) == ["wrong"]
    assert names([alone, *others]) == ["inconclusive", *["same"] * 59]


def test_runs_are_compared_by_their_images() -> None:
    def with_images(run: Run, images: Record) -> Run:
        return edited(
            run,
            OPENVINO,
            lambda old: replace(old, predictions=images.predictions, quantities=images.quantities),
        )

    before, after = versions(100, 20)
    changes = compare(with_images(night(), before), with_images(night(), after))
    assert verdicts(changes, "accuracy")[OPENVINO] == "wrong"


@pytest.mark.parametrize("metric", ["accuracy", "agreement"])
@pytest.mark.parametrize(
    ("before", "after", "images", "verdict"),
    [
        pytest.param(0.97, 0.97, 600, "same", id="nothing"),
        pytest.param(0.97, 0.97 - 5 / 600, 600, "same", id="not_significant_if_none_was_gained"),
        pytest.param(0.97, 0.97 - 9 / 600, 600, "inconclusive", id="depends_on_which_ones"),
        pytest.param(0.97, 0.97 - 60 / 600, 600, "wrong", id="significant_at_worst"),
        pytest.param(0.97, 1.0, 600, "better", id="none_can_be_lost_where_all_are_right"),
        pytest.param(1.0, 0.996, 10_000, "same", id="within_half_a_point"),
        pytest.param(0.3, 0.4, 100, "inconclusive", id="no_more_change_sides_than_there_are"),
    ],
)
def test_of_bare_counts_both_bounds_of_the_p_value_must_agree(
    metric: str, before: float, after: float, images: int, verdict: str
) -> None:
    base = edited(night(), OPENVINO, with_value(metric, before, images))
    head = edited(night(), OPENVINO, with_value(metric, after, images))
    assert verdicts(compare(base, head), metric)[OPENVINO] == verdict


@pytest.mark.parametrize("images", [500, None])
def test_other_or_unknown_numbers_of_images_are_incomparable(images: int | None) -> None:
    base = edited(night(), OPENVINO, with_value("accuracy", 0.97, images and 600))
    head = edited(night(), OPENVINO, with_value("accuracy", 0.97, images))
    assert verdicts(compare(base, head), "accuracy")[OPENVINO] == "incomparable"


@pytest.mark.parametrize(
    ("mean", "half_width", "verdict"),
    [
        pytest.param(0.9698, 0.0001, "same", id="apart_and_within_the_margin"),
        pytest.param(0.966, 0.02, "same", id="overlapping_and_within_the_margin"),
        pytest.param(0.96, 0.004, "wrong", id="apart"),
        pytest.param(0.98, 0.004, "better", id="apart_upwards"),
        pytest.param(0.96, 0.009, "inconclusive", id="overlapping"),
    ],
)
def test_means_over_seeds_are_compared_by_their_intervals(
    mean: float, half_width: float, verdict: str
) -> None:
    """However many images all seeds together have seen."""

    def trained(center: float, half: float) -> Record:
        of_seeds = quantity("accuracy", center, center - half, center + half, 3 * 10_000)
        return record(case(), [of_seeds])

    assert names([(trained(0.97, 0.002), trained(mean, half_width))]) == [verdict]
