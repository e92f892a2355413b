"""No change: the network as its family defines it, which the other techniques start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {}


def check() -> None:
    """Nothing can be wrong."""


def architecture(before: Architecture) -> Architecture:
    """The architecture as it was."""
    return before
