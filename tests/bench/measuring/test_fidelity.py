from __future__ import annotations

import numpy as np
import pytest

from bench.measuring import fidelity
from results.judging import predictions
from results.record import OF_CLASS, Quantity

LABELS = np.array([0, 1, 2, 1])
RIGHT = np.eye(3, dtype=np.float32)[LABELS]


def found(
    outputs: fidelity.Outputs,
    labels: object = LABELS,
    baseline: fidelity.Outputs | None = RIGHT,
) -> dict[str, Quantity]:
    """What there is but the accuracies of the classes."""
    quantities = fidelity.quantities(outputs, labels, baseline)  # type: ignore[arg-type]
    return {q.metric.name: q for q in quantities if not q.metric.name.startswith(OF_CLASS)}


def by_class(outputs: fidelity.Outputs, labels: object = LABELS) -> dict[str, tuple[float, int]]:
    quantities = fidelity.quantities(outputs, labels, None)  # type: ignore[arg-type]
    return {
        q.metric.name: (q.value, q.n or 0) for q in quantities if q.metric.name.startswith(OF_CLASS)
    }


def test_outputs_that_are_right_agree_with_the_baseline() -> None:
    values = {name: (q.value, q.n) for name, q in found(RIGHT).items()}
    assert values == {"accuracy": (1.0, 4), "agreement": (1.0, 4), "max_abs_difference": (0.0, 4)}


def test_accuracy_is_of_the_labels_and_agreement_of_the_baseline() -> None:
    outputs = RIGHT.copy()
    outputs[0] = [0.25, 0.5, 0.0]  # says 1 instead of 0
    by_name = found(outputs, baseline=outputs[:, [0, 1, 2]])
    assert by_name["accuracy"].value == 0.75
    assert by_name["agreement"].value == 1.0
    assert found(outputs)["agreement"].value == 0.75
    assert found(outputs)["max_abs_difference"].value == 0.75


def test_each_class_has_its_own_accuracy() -> None:
    outputs = RIGHT.copy()
    outputs[1] = [0.5, 0.25, 0.0]  # says 0 instead of 1
    assert by_class(outputs) == {
        "accuracy_class_0": (1.0, 1),
        "accuracy_class_1": (0.5, 2),
        "accuracy_class_2": (1.0, 1),
    }


def test_a_class_without_images_and_more_than_100_classes_have_none() -> None:
    assert set(by_class(np.eye(4, dtype=np.float32)[LABELS])) == set(by_class(RIGHT))
    assert by_class(np.zeros((4, 101), dtype=np.float32)) == {}
    assert by_class(RIGHT, labels=None) == {}


def test_an_unsure_but_right_output_is_right() -> None:
    by_name = found(RIGHT * 0.125)
    assert by_name["accuracy"].value == 1.0
    assert by_name["max_abs_difference"].value == 0.875


def test_without_labels_only_the_difference_is_known() -> None:
    assert set(found(RIGHT, labels=None)) == {"max_abs_difference"}


def test_without_a_baseline_only_accuracy_is_known() -> None:
    assert set(found(RIGHT, baseline=None)) == {"accuracy"}


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3, 1, 1), (4, 3, 2), (3, 3)])
def test_outputs_that_are_no_classes_have_no_accuracy(shape: tuple[int, ...]) -> None:
    outputs = np.ones(shape, dtype=np.float32)
    assert set(found(outputs, baseline=outputs + 1)) == {"max_abs_difference"}


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3, 1, 1), (3, 3)])
def test_labels_without_scores_of_classes_are_told_and_nothing_else(shape: tuple[int, ...]) -> None:
    outputs = np.ones(shape, dtype=np.float32)
    said = fidelity.no_scores(outputs, LABELS)
    assert said is not None
    assert said.startswith(
        f"no accuracy: the first output of 4 labelled samples has the shape {shape}"
    )
    assert fidelity.no_scores(outputs, None) is None
    assert fidelity.no_scores(RIGHT, LABELS) is None


def test_labels_counted_from_1_give_no_accuracy_and_say_how_to_number_the_classes() -> None:
    outputs = RIGHT * 0.5
    assert set(found(outputs, labels=LABELS + 1)) == {"max_abs_difference"}
    assert fidelity.predictions(outputs, LABELS + 1) is None
    assert fidelity.no_scores(outputs, LABELS + 1) == (
        "no accuracy: labels go up to 3, and the first output has 3 columns, for the classes 0 to "
        "2; number the classes in the order of the outputs"
    )


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_a_sample_whose_highest_score_is_not_finite_is_wrong_and_agrees_with_nothing(
    score: float,
) -> None:
    outputs = RIGHT.copy()
    outputs[0] = score  # of which argmax is 0, as its label is
    by_name = found(outputs, baseline=outputs)
    assert (by_name["accuracy"].value, by_name["agreement"].value) == (0.75, 0.75)
    assert by_class(outputs)["accuracy_class_0"] == (0.0, 1)
    kept = fidelity.predictions(outputs, LABELS)
    assert kept is not None
    assert predictions.right(kept).tolist() == [False, True, True, True]


def test_a_class_that_a_model_rules_out_by_minus_infinity_spoils_nothing() -> None:
    outputs = np.where(RIGHT == 1, RIGHT, np.float32(-np.inf))
    assert found(outputs)["accuracy"].value == 1.0


def test_a_baseline_of_another_shape_is_not_compared_with() -> None:
    assert set(found(RIGHT, baseline=RIGHT[:, :2])) == {"accuracy"}


def test_differences_are_taken_without_rounding_to_single_precision() -> None:
    outputs, baseline = RIGHT.copy(), RIGHT.copy()
    outputs[0, 0], baseline[0, 0] = 2.0**24, -1.0
    assert found(outputs, baseline=baseline)["max_abs_difference"].value == 2.0**24 + 1


def test_what_was_predicted_is_kept_with_whether_it_was_right() -> None:
    outputs = RIGHT.copy()
    outputs[0] = [0.25, 0.5, 0.0]  # says 1 instead of 0
    kept = fidelity.predictions(outputs, LABELS)
    assert kept is not None
    assert predictions.classes(kept).tolist() == [1, 1, 2, 1]
    assert predictions.right(kept).tolist() == [False, True, True, True]
    assert fidelity.predictions(outputs, None) is None
    assert fidelity.predictions(outputs[:, :, None], LABELS) is None


@pytest.mark.parametrize(
    ("dataset", "accuracy", "doubted"),
    [
        ("fashion_mnist", 0.9701, True),
        ("fashion_mnist", 0.97, False),
        ("fashion_mnist", 0.92, False),
        ("digits", 1.0, False),
        (None, 1.0, False),
    ],
)
def test_an_accuracy_nobody_reached_without_a_leak_is_doubted(
    dataset: str | None, accuracy: float, *, doubted: bool
) -> None:
    notes = list(fidelity.doubts(dataset, [Quantity(metric=fidelity.ACCURACY, value=accuracy)]))
    assert len(notes) == doubted
    assert all(f"{accuracy:.4f} is above 0.97, not plausible on" in n for n in notes)
