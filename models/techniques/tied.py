"""One set of weights for the blocks of each stage after its first; a half to two thirds remains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {}
REMARK = "tied blocks share their weights, and each of them is still computed: the MACs stay."


def check() -> None:
    """Nothing can be wrong."""


def architecture(before: Architecture) -> Architecture:
    """As before, with tied blocks."""
    return replace(before, tied=True)
