"""Grouped convolutions from trained full ones: the blocks on the diagonal stay, and learn on.

A technique of its own rather than an option of `grouped`, which starts from random weights: this
one has a parent and is fine-tuned, and recipes tell the two kinds apart by the technique's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques.grouped import OPTIONS, architecture, check

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["OPTIONS", "architecture", "check", "inherit"]


def inherit(module: nn.Module, trained: nn.Module, *, groups: int) -> None:  # noqa: ARG001 - of the kind
    """Fill the grouped module from the trained one: all that both have, and diagonal blocks."""
    from torch import nn

    tensors = trained.state_dict()
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Conv2d):
            before = trained.get_submodule(name).groups
            weight = tensors[f"{name}.weight"]
            tensors[f"{name}.weight"] = diagonal(weight, before, layer.groups)  # type: ignore[arg-type]
    module.load_state_dict(tensors)


def diagonal(weight: Tensor, before: int, groups: int) -> Tensor:
    """The weights of a convolution in groups, from those with fewer, of which it is a multiple.

    A weight is (outputs, inputs / groups, height, width): each group's outputs keep the inputs of
    their own group.
    """
    import torch

    inputs = weight.shape[1] * before // groups
    blocks = weight.chunk(groups)
    begins = [group * inputs % weight.shape[1] for group in range(groups)]
    return torch.cat([block[:, at : at + inputs] for block, at in zip(blocks, begins, strict=True)])
