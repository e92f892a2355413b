"""Depthwise convolutions in place of full ones, trained anew: each channel filtered on its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {}
REMARK = "a depthwise layer reads as much memory as a full one: its time falls less than its MACs."


def check() -> None:
    """Nothing can be wrong."""


def architecture(before: Architecture) -> Architecture:
    """As many groups as input channels, where the outputs of a 3x3 or 5x5 are a multiple of them.

    Nothing mixes the channels of such a layer: layers around it have to.
    """
    from models.zoo import DEPTHWISE

    return replace(before, groups=DEPTHWISE)
