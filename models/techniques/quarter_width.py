"""A quarter of the channels in every layer, trained anew: the smallest honest competitor."""

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
    """A quarter as wide as before."""
    return replace(before, width=before.width / 4)
