"""What a case predicted for each image, in a form short enough to be kept with its record.

One integer an image: the class where it is right, and the complement of the class (~3 is -4) where
it is wrong. So a stored run says of each image whether it was right without holding the labels, and
two runs on the same images can be compared image by image. Ten thousand images take about 10 KB.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

import numpy as np

from results.fields import RecordError

if TYPE_CHECKING:
    from numpy.typing import NDArray

STORED = np.dtype("<i4")  # zlib makes next to nothing of the bytes that are always 0
LEVEL = 9


def encode(classes: NDArray[np.int64], right: NDArray[np.bool_]) -> str:
    """The text that keeps them, both of shape (samples,)."""
    values = np.where(right, classes, ~classes).astype(STORED)
    return base64.b64encode(zlib.compress(values.tobytes(), LEVEL)).decode("ascii")


def right(text: str) -> NDArray[np.bool_]:
    """Whether each image was right, shape (samples,)."""
    found: NDArray[np.bool_] = _values(text) >= 0
    return found


def classes(text: str) -> NDArray[np.int64]:
    """The class predicted for each image, shape (samples,)."""
    values = _values(text)
    return np.where(values >= 0, values, ~values)


def disagreements(first: str, second: str) -> tuple[int, int] | None:
    """How many images only the first got right, and only the second; None if not of one set."""
    of_first, of_second = right(first), right(second)
    if len(of_first) != len(of_second):
        return None
    return int(np.sum(of_first & ~of_second)), int(np.sum(of_second & ~of_first))


def _values(text: str) -> NDArray[np.int64]:
    try:
        data = zlib.decompress(base64.b64decode(text, validate=True))
        return np.frombuffer(data, STORED).astype(np.int64)
    except (binascii.Error, zlib.error, ValueError) as error:
        msg = f"record.predictions: expected base64 of zlib of 32-bit integers: {error}"
        raise RecordError(msg) from error
