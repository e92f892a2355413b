"""Images of ImageNet's shape, 3x224x224, and nothing but their shape: seeded noise, no labels.

For networks whose training is out of reach here: what they cost can be measured all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.data import Dataset, fingerprint
from models.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (3, 224, 224)
PLAUSIBLE_ACCURACY = 1.0  # there are no labels to be right about
TRAIN, TEST = 8, 24  # to calibrate with and to measure with: 20 MB as float32
SEED = 0
TRAINING = None  # nothing can be learnt from noise: networks keep their seeded random weights
FINE_TUNING = None


def missing() -> str | None:
    """Never missing: it is made up."""
    return None


def load(path: Path | None = None) -> Dataset:
    """Standard normal values, as normalised photographs have about."""
    if path is not None:
        msg = f"imagenet_shape: it is made up and reads no files; leave out the path {path}"
        raise ModelError(msg)
    random = np.random.default_rng(SEED)
    train, test = (
        random.standard_normal((count, *SHAPE), dtype=np.float32) for count in (TRAIN, TEST)
    )
    none = np.zeros(0, np.int64)
    return Dataset(
        name="imagenet_shape",
        train_images=train,
        train_labels=none,
        test_images=test,
        test_labels=none,
        sha256=fingerprint([train, test]),
    )
