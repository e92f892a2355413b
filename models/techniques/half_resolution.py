"""Half of the rows and columns in every feature map, trained anew: the first layer skips pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {}


def check() -> None:
    """Nothing can be wrong."""


def architecture(before: Architecture) -> Architecture:
    """As before, with twice the stride in the first layer.

    The resolution multiplier of MobileNet (Howard et al. 2017, section 3.4) shrinks the image;
    here the first layer still sees all of its pixels, and what follows has a quarter of the
    positions. Parameters stay.
    """
    return replace(before, stride=2 * before.stride)
