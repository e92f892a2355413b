"""Half of the channels in every layer, trained anew: what pruning has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques._width import OPTIONS, check, narrower

if TYPE_CHECKING:
    from models.zoo import Architecture

__all__ = ["OPTIONS", "architecture", "check"]


def architecture(before: Architecture) -> Architecture:
    """Half as wide as before."""
    return narrower(before, 1 / 2)
