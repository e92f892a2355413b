"""Depth pruning: only the first blocks of each stage stay, as they were trained, and learn on.

What is left keeps its channels, so that vector units stay as full as they were: time falls with the
blocks. Residual networks bear it, because each of their blocks only adds to what it is given
(Veit et al. 2016). `shallow` is the same shape, trained anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques.shallow import OPTIONS, architecture, check

if TYPE_CHECKING:
    from torch import nn

__all__ = ["OPTIONS", "architecture", "check", "inherit"]


def inherit(module: nn.Module, trained: nn.Module, *, blocks: int) -> None:  # noqa: ARG001 - of the kind
    """Fill each layer and block from the next one of its shapes in the trained network."""
    remaining = iter(trained.children())
    for layer in module.children():
        wanted = _shapes(layer)
        same = next(other for other in remaining if _shapes(other) == wanted)
        layer.load_state_dict(same.state_dict())


def _shapes(layer: nn.Module) -> tuple[type[nn.Module], dict[str, tuple[int, ...]]]:
    return type(layer), {name: tuple(t.shape) for name, t in layer.state_dict().items()}
