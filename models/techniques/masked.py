"""Pruned weights left behind their masks, as torch's pruning leaves them: what that costs.

A technique of its own rather than an option of `prune_unstructured`: nothing is trained and the
weights file is the same, so that it composes with everything that makes zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ImpossibleError
from models.techniques import Needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}
NEEDS = Needs(form="module")  # exported, a product of two constants is computed once
REMARK = "each call multiplies the weights by their mask first: prune.remove makes it permanent."


def check() -> None:
    """Nothing can be wrong."""


def deploy(module: nn.Module) -> nn.Module:
    """The mask of each layer with zeros put back, to be multiplied at every call."""
    import torch
    from torch import nn
    from torch.nn.utils import prune

    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    pruned = [layer for layer in layers if bool((layer.weight == 0).any())]
    if not pruned:
        msg = "masked: none of the weights is zero; put prune_unstructured before it"
        raise ImpossibleError(msg)
    with torch.no_grad():  # else the products could not be copied with the module
        for layer in pruned:
            prune.custom_from_mask(layer, "weight", layer.weight != 0)  # type: ignore[no-untyped-call]
    return module
