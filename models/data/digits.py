"""The digits of scikit-learn: 1,797 handwritten digits, embedded in the library, always there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.data import Dataset, Training, fingerprint
from models.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHA256 = "1fa49054f5d5ba0bcf14a7848951319bfb97150b87f1a8c21b50191db38780b9"
TRAIN = 1197  # the first two thirds
SHAPE = (1, 28, 28)
PLAUSIBLE_ACCURACY = 1.0  # 600 clear digits: all of them right is nothing to doubt
MEAN, DEVIATION = 0.306, 0.324  # of the resized training images, scaled to 0..1

TRAINING = Training(
    epochs=80,
    batch_size=64,
    learning_rate=1e-2,
    weight_decay=0.05,
    label_smoothing=0.1,
    shift_pixels=3,
    mirror=False,
)
FINE_TUNING = Training(
    epochs=30,
    batch_size=64,
    learning_rate=2e-3,
    weight_decay=0.05,
    label_smoothing=0.1,
    shift_pixels=3,
    mirror=False,
)


def missing() -> str | None:
    """Never missing: scikit-learn carries it."""
    return None


def load(path: Path | None = None) -> Dataset:
    """The first 1,197 digits to train on and the last 600 to test on, resized to 28x28.

    The samples stand in the order of their writers, so this split tests on writers never seen in
    training. A shuffled split would have every writer on both sides, and flatter.
    """
    if path is not None:
        msg = f"digits: it is part of scikit-learn and reads no files; leave out the path {path}"
        raise ModelError(msg)
    pixels, labels = _decoded()
    digest = fingerprint([pixels, labels])
    if digest != SHA256:
        msg = f"digits: scikit-learn's arrays have sha256 {digest}, not {SHA256}; reinstall it"
        raise ModelError(msg)
    scaled = _resized(pixels) / 16  # the brightest pixel
    images = ((scaled - MEAN) / DEVIATION)[:, None].astype(np.float32)
    return Dataset(
        name="digits",
        train_images=images[:TRAIN],
        train_labels=labels[:TRAIN],
        test_images=images[TRAIN:],
        test_labels=labels[TRAIN:],
        sha256=digest,
    )


def _decoded() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    from sklearn.datasets import load_digits  # late: it takes a second

    digits = load_digits()
    return digits.images.astype(np.uint8), digits.target.astype(np.int64)


def _resized(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    weights = _bilinear(8, 28)
    resized: NDArray[np.float64] = weights @ pixels.astype(np.float64) @ weights.T
    return resized


def _bilinear(before: int, after: int) -> NDArray[np.float64]:
    """The matrix (after, before) that resizes one axis, with half-pixel centres as in OpenCV."""
    centre = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    weights: NDArray[np.float64] = np.maximum(0, 1 - np.abs(centre[:, None] - np.arange(before)))
    return weights
