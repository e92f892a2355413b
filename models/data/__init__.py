"""The data sets: one file is one data set, and its name is the file's name.

A data set's file has `load(path=None) -> Dataset`, `missing() -> str | None` (None, or how to get
the data), the two recipes `TRAINING` (from random weights) and `FINE_TUNING` (after pruning), and
`PLAUSIBLE_ACCURACY`, above which results are doubted.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Grey images with labels, in a fixed split."""

    name: str
    train_images: NDArray[np.float32]  # (n, 1, 28, 28), normalised
    train_labels: NDArray[np.int64]  # (n,), 0 to 9
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    sha256: str  # of the decoded arrays before they were normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How to train on a data set: AdamW, with one cycle of the learning rate."""

    epochs: int
    batch_size: int
    learning_rate: float  # at the cycle's peak
    weight_decay: float
    label_smoothing: float
    shift_pixels: int  # each image is moved by up to this many, either way
    mirror: bool  # half of the images are flipped left to right


class DataFile(Protocol):
    """What a file in this folder offers."""

    TRAINING: Training
    FINE_TUNING: Training
    PLAUSIBLE_ACCURACY: float  # more on the test images than this is a warning, not a success

    def load(self, path: Path | None = None) -> Dataset:
        """The data set, from the given folder or wherever it is found."""

    def missing(self) -> str | None:
        """None if `load` will work, or how to get the data."""


def datasets() -> tuple[str, ...]:
    """Names of all data sets, by file name, without importing them."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem[0] != "_"))


def data_file(name: str) -> DataFile:
    """The file of one data set."""
    if name not in datasets():
        msg = f"unknown data set {name!r}; data sets are {', '.join(datasets())}"
        raise ModelError(msg)
    return cast("DataFile", importlib.import_module(f"models.data.{name}"))


def fit(images: NDArray[np.float32], input_shape: Sequence[int]) -> NDArray[np.float32]:
    """Images (n, 1, h, w) padded evenly on all sides to a model's input shape (1, H, W).

    The padding is the darkest value among the images: black is not 0.0 once they are normalised.
    """
    spare = [want - have for want, have in zip(input_shape, images.shape[1:], strict=True)]
    if spare[0] != 0 or any(n < 0 or n % 2 for n in spare):
        msg = f"images of shape {images.shape[1:]} cannot be padded evenly to {tuple(input_shape)}"
        raise ModelError(msg)
    if not any(spare):
        return images
    widths = [(0, 0), *((n // 2, n // 2) for n in spare)]
    return np.pad(images, widths, constant_values=images.min())


def cache_folder() -> Path:
    """Where downloads and trained weights are kept: $SPEEDPROOF_CACHE, or the user's cache."""
    if named := os.environ.get("SPEEDPROOF_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speedproof"


def fingerprint(arrays: Sequence[NDArray[Any]]) -> str:
    """sha256 over the arrays' types, shapes and values, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
