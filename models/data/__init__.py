"""The data sets: one file is one data set, and its name is the file's name.

A data set's file has `load(path=None) -> Dataset`, `missing() -> str | None` (None, or how to get
the data), `SHAPE` of one image, the two recipes `TRAINING` (from random weights) and `FINE_TUNING`
(after pruning), and `PLAUSIBLE_ACCURACY`, above which results are doubted. Where there are no
labels, both recipes are None: networks keep their seeded random weights.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from models.errors import ModelError
from models.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CACHE = "SPEEDPROOF_CACHE"  # the variable that names its folder
FOLDER = Folder(package=__name__, path=Path(__file__).parent, one="data set", several="data sets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Images, most with labels, in a fixed split."""

    name: str
    train_images: NDArray[np.float32]  # (n, channels, height, width), normalised
    train_labels: NDArray[np.int64]  # (n,), from 0 on; of no length where there are none
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    sha256: str  # of the decoded arrays before they were normalised

    @property
    def has_labels(self) -> bool:
        """Whether there is anything to learn, and to be right about."""
        return len(self.test_labels) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How to train on a data set: AdamW, with a schedule of the learning rate."""

    epochs: int
    batch_size: int
    learning_rate: float  # at its highest
    weight_decay: float
    label_smoothing: float
    shift_pixels: int  # each image is moved by up to this many, either way
    mirror: bool  # half of the images are flipped left to right
    schedule: str = "one_cycle"  # one of models.training.SCHEDULES


class DataFile(Protocol):
    """What a file in this folder offers."""

    SHAPE: tuple[int, ...]  # of one image, without the batch axis
    TRAINING: Training | None
    FINE_TUNING: Training | None
    PLAUSIBLE_ACCURACY: float  # more on the test images than this is a warning, not a success

    def load(self, path: Path | None = None) -> Dataset:
        """The data set, from the given folder or wherever it is found."""

    def missing(self) -> str | None:
        """None if `load` will work, or how to get the data."""


def datasets() -> tuple[str, ...]:
    """Names of all data sets, by file name, without importing them."""
    return FOLDER.names()


def data_file(name: str) -> DataFile:
    """The file of one data set."""
    found: DataFile = FOLDER.file(name)
    return found


def code_sha256(name: str) -> str:
    """The hash of the code that decides a data set's images: its own file, and this one.

    `Dataset.sha256` is of arrays before they are normalised: what is kept of images needs both.
    """
    digest = hashlib.sha256()
    for file in (FOLDER.path / f"{name}.py", Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def doubt(dataset: str, accuracy: float) -> str | None:
    """What is to be said of an accuracy on test images better than anyone reached without a leak.

    Args:
        dataset: its name.
        accuracy: share of its test images, 0 to 1.
    """
    limit = data_file(dataset).PLAUSIBLE_ACCURACY
    if accuracy <= limit:
        return None
    return (
        f"accuracy {accuracy:.4f} is above {limit:g}, not plausible on {dataset}: look for test "
        "images among the training images"
    )


def fits(shape: Sequence[int], input_shape: Sequence[int]) -> bool:
    """Whether images of the shape can be padded evenly on all sides to a model's input shape."""
    channels, *spare = (want - have for want, have in zip(input_shape, shape, strict=True))
    return channels == 0 and all(n >= 0 and n % 2 == 0 for n in spare)


def fit(images: NDArray[np.float32], input_shape: Sequence[int]) -> NDArray[np.float32]:
    """Images (n, channels, h, w) padded evenly on all sides to a model's (channels, H, W).

    The padding is the darkest value among the images: black is not 0.0 once they are normalised.
    """
    shape = images.shape[1:]
    if not fits(shape, input_shape):
        msg = f"images of shape {shape} cannot be padded evenly to {tuple(input_shape)}"
        raise ModelError(msg)
    if shape == tuple(input_shape):
        return images
    spare = [want - have for want, have in zip(input_shape, shape, strict=True)]
    widths = [(0, 0), *((n // 2, n // 2) for n in spare)]
    return np.pad(images, widths, constant_values=images.min())


def cache_folder() -> Path:
    """Where downloads and trained weights are kept: $SPEEDPROOF_CACHE, or the user's cache.

    Absolute, as workers may run in another folder.

    Raises:
        ModelError: there is no home to look in.
    """
    named, users = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    try:
        if named:
            return Path(named).expanduser().absolute()
        return (Path(users) if users else Path.home() / ".cache").absolute() / "speedproof"
    except RuntimeError as error:
        msg = f"the cache has no folder ({error}); set {CACHE} to one that can be written"
        raise ModelError(msg) from error


def check_cache() -> None:
    """Find out before anything is made that it can be kept.

    Raises:
        ModelError: it cannot, and why.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        msg = (
            f"{folder}: the cache cannot be written ({error.strerror}); set {CACHE} to a folder "
            "that can"
        )
        raise ModelError(msg) from error


def fingerprint(arrays: Sequence[NDArray[Any]]) -> str:
    """sha256 over the arrays' types, shapes and values, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
