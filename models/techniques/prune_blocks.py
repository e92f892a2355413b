"""Depth pruning: only the first blocks of each stage stay, as they were trained, and learn on.

What is left keeps its channels, so that vector units stay as full as they were: time falls with the
blocks. Residual networks bear it, because each of their blocks only adds to what it is given
(Veit et al. 2016).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {"blocks": 1}


def check(*, blocks: int) -> None:
    """A stage is left with one block at least: the first changes the shape."""
    if blocks < 1:
        msg = f"prune_blocks: blocks is {blocks}, but must be 1 or more; 1 is the default"
        raise ModelError(msg)


def architecture(before: Architecture, *, blocks: int) -> Architecture:
    """As before, with at most so many blocks in a stage."""
    fewer = blocks if before.blocks is None else min(blocks, before.blocks)
    return replace(before, blocks=fewer)


def inherit(module: nn.Module, trained: nn.Module, *, blocks: int) -> None:  # noqa: ARG001 - of the kind
    """Fill each layer and block from the next one of its shapes in the trained network."""
    remaining = iter(trained.children())
    for layer in module.children():
        wanted = _shapes(layer)
        same = next(other for other in remaining if _shapes(other) == wanted)
        layer.load_state_dict(same.state_dict())


def _shapes(layer: nn.Module) -> tuple[type[nn.Module], dict[str, tuple[int, ...]]]:
    return type(layer), {name: tuple(t.shape) for name, t in layer.state_dict().items()}
