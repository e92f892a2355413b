"""Fashion-MNIST: 70,000 grey 28x28 images of clothing in ten classes (Xiao et al. 2017)."""

from __future__ import annotations

import functools
import gzip
import os
import urllib.request
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.data import Dataset, Training, cache_folder, fingerprint
from models.errors import ModelError
from models.files import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Opener = Callable[..., Any]  # as urllib.request.urlopen

MIRROR = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FILES = (  # in the order of the arrays whose hash is checked
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SHA256 = "51bad0352284eacba9865b8317af0b9281dae4f52f7f667217f2ee65f7069790"
SHAPE = (1, 28, 28)
VARIABLE = "SPEEDPROOF_FASHION_MNIST"
SYSTEM = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
REMEDY = (
    f"install Debian's package dataset-fashion-mnist, or set {VARIABLE} to a folder with "
    f"{FILES[0]}.gz and its three companions from {MIRROR}"
)
# Wide residual networks of 8.9 million parameters reach 0.967; claims of more were made with test
# images among the training images, or judged on those.
PLAUSIBLE_ACCURACY = 0.97
MEAN, DEVIATION = 0.286, 0.353  # of the training images, scaled to 0..1
BROKEN = (OSError, EOFError, zlib.error)  # what a gzip file that is absent or damaged raises
TIMEOUT_S = 20.0  # without an answer for so long, the mirror counts as out of reach

TRAINING = Training(
    epochs=20,
    batch_size=128,
    learning_rate=1e-2,
    weight_decay=0.05,
    label_smoothing=0.1,
    shift_pixels=1,
    mirror=True,
)
FINE_TUNING = Training(
    epochs=10,
    batch_size=128,
    learning_rate=1e-2,
    weight_decay=0.05,
    label_smoothing=0.1,
    shift_pixels=1,
    mirror=True,
)


def missing() -> str | None:
    """None if the files are here or could be downloaded just now (30 MB), else how to get them."""
    try:
        find()
    except ModelError as error:
        return str(error)
    return None


def load(path: Path | None = None) -> Dataset:
    """The published split: 60,000 images to train on and 10,000 to test on.

    They are looked for in `path`, else in the folder that $SPEEDPROOF_FASHION_MNIST names, else in
    the cache, else where Debian puts them, else downloaded into the cache.
    """
    folder = find(path)
    arrays = decoded({name: _content(folder, name) for name in FILES}, str(folder))
    train_images, train_labels, test_images, test_labels = arrays
    return Dataset(
        name="fashion_mnist",
        train_images=_normalised(train_images),
        train_labels=train_labels.astype(np.int64),
        test_images=_normalised(test_images),
        test_labels=test_labels.astype(np.int64),
        sha256=SHA256,
    )


def find(path: Path | None = None) -> Path:
    """The folder with the four files; ModelError if they are nowhere and cannot be downloaded."""
    cached = cache_folder() / "fashion_mnist"
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named:
        if not _complete(named):  # a choice that was made is not silently passed over
            msg = f"fashion_mnist: {named} does not hold {', '.join(FILES)}, plain or .gz; {REMEDY}"
            raise ModelError(msg)
        return named
    for folder in (cached, SYSTEM):
        if _complete(folder):
            return folder
    if problem := _problem(cached):
        raise ModelError(problem)
    return cached


def download(folder: Path, opener: Opener = urllib.request.urlopen) -> None:
    """The four files from the mirror into `folder`, once all are there and their hash is right."""
    contents: dict[str, bytes] = {}
    for name in FILES:
        url = f"{MIRROR}{name}.gz"
        try:
            with opener(url, timeout=TIMEOUT_S) as answer:
                contents[name] = gzip.decompress(answer.read())
        except (*BROKEN, HTTPException) as error:
            msg = f"fashion_mnist: {url} cannot be downloaded ({error}); {REMEDY}"
            raise ModelError(msg) from error
    decoded(contents, MIRROR)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        replace(folder / name, content)


@functools.cache  # a mirror out of reach costs its timeout once in a process, not once a case
def _problem(folder: Path) -> str | None:
    try:
        download(folder)
    except ModelError as error:
        return str(error)
    except OSError as error:
        return f"fashion_mnist: it cannot be kept in {folder} ({error}); {REMEDY}"
    return None


def decoded(contents: Mapping[str, bytes], where: str) -> list[NDArray[np.uint8]]:
    """The files' arrays in the order of FILES; ModelError unless they have the known hash."""
    try:
        arrays = [_array(contents[name]) for name in FILES]
    except (IndexError, ValueError) as error:
        msg = f"fashion_mnist: {where}: not a file in IDX format ({error}); {REMEDY}"
        raise ModelError(msg) from error
    digest = fingerprint(arrays)
    if digest != SHA256:
        msg = f"fashion_mnist: {where}: the arrays' sha256 is {digest}, not {SHA256}; {REMEDY}"
        raise ModelError(msg)
    return arrays


def _array(content: bytes) -> NDArray[np.uint8]:
    """IDX: two zero bytes, the type (8 is uint8), the number of axes, their lengths, the data."""
    axes = content[3]
    start = 4 + 4 * axes
    shape = np.frombuffer(content[4:start], ">u4").astype(int)
    return np.frombuffer(content[start:], np.uint8).reshape(shape)


def _content(folder: Path, name: str) -> bytes:
    try:
        plain = folder / name
        if plain.exists():
            return plain.read_bytes()
        return gzip.decompress((folder / f"{name}.gz").read_bytes())
    except BROKEN as error:
        msg = f"fashion_mnist: {folder / name} cannot be read ({error}); {REMEDY}"
        raise ModelError(msg) from error


def _complete(folder: Path) -> bool:
    return all((folder / name).exists() or (folder / f"{name}.gz").exists() for name in FILES)


def _normalised(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = np.arange(256) / 255  # of every brightness once, rather than of every pixel
    return ((values - MEAN) / DEVIATION).astype(np.float32)[images[:, None]]
