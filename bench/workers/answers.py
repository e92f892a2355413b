"""A model's answers to a whole set of samples: its first output, a row for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

NO_NUMBERS = "OSUc"  # numpy's kinds of types that have no place in float32: objects, texts, complex


class NoRowsError(ValueError):
    """The first output is not a row of one shape for each sample; the text says what it is."""


def rows(answered: Iterable[tuple[Sequence[Any], int]], batch_size: int) -> NDArray[np.float32]:
    """The first output of every sample, in order, shape (samples, ...).

    Args:
        answered: of each batch, the outputs in the model's order, and how many of its samples,
            from the first on, are new.
        batch_size: samples in each batch.

    Raises:
        NoRowsError: the output is a single number, has text in it, or another number of rows than
            the batch has samples, as detections do.
    """
    parts: list[NDArray[Any]] = []
    for outputs, new in answered:
        part = _rows_of(outputs, batch_size)
        if parts and part.shape[1:] != parts[0].shape[1:]:
            msg = f"the first output is once {_a_sample(parts[0])} and once {_a_sample(part)}"
            raise NoRowsError(msg)
        parts.append(part[:new])
    return np.concatenate(parts).astype(np.float32)


def _rows_of(outputs: Sequence[Any], batch_size: int) -> NDArray[Any]:
    if not outputs:
        msg = "there is no output that is a tensor"
        raise NoRowsError(msg)
    if not isinstance(outputs[0], np.ndarray) or outputs[0].dtype.kind in NO_NUMBERS:
        what = getattr(outputs[0], "dtype", type(outputs[0]).__name__)
        msg = f"the first output is of the type {what}, not numbers"
        raise NoRowsError(msg)
    first: NDArray[Any] = outputs[0]
    if first.ndim == 0 or len(first) != batch_size:
        msg = f"the first output has the shape {first.shape}, not a row for each of {batch_size}"
        raise NoRowsError(msg)
    return first


def _a_sample(part: NDArray[Any]) -> str:
    return f"{part.shape[1:]} a sample"
