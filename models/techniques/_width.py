"""What the techniques that make every layer narrower share; not a technique itself."""

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


def narrower(before: Architecture, share: float) -> Architecture:
    """With that share of the channels in every layer."""
    return replace(before, width=before.width * share)
