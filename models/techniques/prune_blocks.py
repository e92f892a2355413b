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
    """Fill each layer and block from the next one in the trained network that holds its tensors."""
    remaining = iter(trained.children())
    for layer in module.children():
        wanted = _shapes(layer)
        same = next(each for each in remaining if _holds(each, layer)).state_dict()
        layer.load_state_dict({name: same[name] for name in wanted})


def _holds(trained: nn.Module, layer: nn.Module) -> bool:
    """Whether it is such a layer; a block that is repeated more often has norms for more times."""
    return type(trained) is type(layer) and _shapes(layer).items() <= _shapes(trained).items()


def _shapes(layer: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in layer.state_dict().items()}
