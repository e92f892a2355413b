"""How true a case's outputs are: accuracy on the labels, and agreement with the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.data import doubt
from results.judging.predictions import encode
from results.record import OF_CLASS, Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Outputs = NDArray[np.float32]

ACCURACY = Metric(name="accuracy", unit="", better="higher")
AGREEMENT = Metric(name="agreement", unit="", better="higher")
MOST_CLASSES = 100  # of which each one's accuracy is kept; of more nobody reads a list
MAX_DIFFERENCE = Metric(name="max_abs_difference", unit="", better="lower")


def predicted(outputs: Outputs) -> NDArray[np.int64]:
    """The class with the highest output of each sample, shape (samples,)."""
    classes: NDArray[np.int64] = np.argmax(outputs, axis=1)
    return classes


def right(outputs: Outputs, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each sample was classified as its label says, shape (samples,)."""
    found: NDArray[np.bool_] = _answered(outputs) & (predicted(outputs) == labels)
    return found


def quantities(
    outputs: Outputs, labels: NDArray[np.int64] | None, baseline: Outputs | None
) -> Iterator[Quantity]:
    """Yield what can be said of the first output of every sample.

    Args:
        outputs: shape (samples, ...); of shape (samples, classes) where classes are meant.
        labels: the true classes, shape (samples,), if they are known.
        baseline: the baseline's outputs for the same samples.
    """
    are_classes = _are_classes(outputs, labels)
    if labels is not None and are_classes:
        were_right = right(outputs, labels)
        yield Quantity(metric=ACCURACY, value=float(np.mean(were_right)), n=len(were_right))
        if outputs.shape[1] <= MOST_CLASSES:
            yield from _by_class(were_right, labels)
    if baseline is None or baseline.shape != outputs.shape:
        return
    if are_classes:
        agree = _answered(baseline) & right(outputs, predicted(baseline))
        yield Quantity(metric=AGREEMENT, value=float(np.mean(agree)), n=len(agree))
    difference = _largest_difference(outputs, baseline)
    if np.isfinite(difference):
        yield Quantity(metric=MAX_DIFFERENCE, value=difference, n=len(outputs))


def _answered(outputs: Outputs) -> NDArray[np.bool_]:
    """Whether a highest score says a class: of NaN or infinity argmax is the first such column."""
    finite: NDArray[np.bool_] = np.isfinite(np.max(outputs, axis=1))
    return finite


def _by_class(were_right: NDArray[np.bool_], labels: NDArray[np.int64]) -> Iterator[Quantity]:
    """The share of each class's images that were right; a class without images has none."""
    for number in np.unique(labels):
        own = were_right[labels == number]
        metric = Metric(name=f"{OF_CLASS}{number}", unit="", better="higher")
        yield Quantity(metric=metric, value=float(np.mean(own)), n=len(own))


def predictions(outputs: Outputs, labels: NDArray[np.int64] | None) -> str | None:
    """What was predicted for each sample, as records keep it; None where no classes are meant."""
    if labels is None or not _are_classes(outputs, labels):
        return None
    return encode(predicted(outputs), right(outputs, labels))


def defects(outputs: Outputs) -> Iterator[str]:
    """Yield what is wrong with outputs of any model."""
    broken = int(np.sum(~np.isfinite(outputs)))
    if broken:
        yield f"{broken} of {outputs.size} output values are not finite"


def no_scores(outputs: Outputs, labels: NDArray[np.int64] | None) -> str | None:
    """Why outputs have no accuracy though there are labels; None where they have, or are none."""
    if labels is None or _are_classes(outputs, labels):
        return None
    if _are_rows(outputs, len(labels)):
        classes = outputs.shape[1]
        return (
            f"no accuracy: labels go up to {labels.max()}, and the first output has {classes} "
            f"columns, for the classes 0 to {classes - 1}; number the classes in the order of the "
            "outputs"
        )
    return (
        f"no accuracy: the first output of {len(labels)} labelled samples has the shape "
        f"{outputs.shape}; scores of classes are a row a sample, with two columns or more"
    )


def doubts(dataset: str | None, found: Iterable[Quantity]) -> Iterator[str]:
    """Yield what is to be said of an accuracy better than anyone reached without a leak."""
    accuracy = next((q.value for q in found if q.metric == ACCURACY), 0.0)
    if dataset and (doubted := doubt(dataset, accuracy)):
        yield doubted


def _are_classes(outputs: Outputs, labels: NDArray[np.int64] | None) -> bool:
    """Whether they are scores of classes, with a column for each label."""
    if labels is None or not _are_rows(outputs, len(labels)):
        return False
    return int(labels.max(initial=0)) < int(outputs.shape[1])


def _are_rows(outputs: Outputs, samples: int) -> bool:
    """Whether they are of shape (samples, classes); of one column the highest says nothing."""
    return outputs.ndim == 2 and len(outputs) == samples and int(outputs.shape[1]) > 1  # noqa: PLR2004


def _largest_difference(outputs: Outputs, baseline: Outputs) -> float:
    with np.errstate(invalid="ignore"):  # infinity less infinity, which `defects` tells
        difference: Any = np.abs(outputs.astype(np.float64) - baseline)
    return float(np.max(difference, initial=0.0))
