"""Fewer blocks in each stage, trained anew: the network that depth pruning has to beat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {"blocks": 1}


def check(*, blocks: int) -> None:
    """A stage is left with one block at least: the first changes the shape."""
    if blocks < 1:
        msg = f"blocks of each stage are {blocks}, but must be 1 or more; 1 is the default"
        raise ModelError(msg)


def architecture(before: Architecture, *, blocks: int) -> Architecture:
    """As before, with at most so many blocks in a stage."""
    fewer = blocks if before.blocks is None else min(blocks, before.blocks)
    return replace(before, blocks=fewer)
