"""The smallest weights of every layer set to zero; the shapes, and so the MACs, stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {"amount": 0.8}  # share of each layer's weights


def check(*, amount: float) -> None:
    """A share of the weights must go, and a share must stay."""
    if not 0 < amount < 1:
        msg = (
            f"prune_unstructured: amount is {amount}, but must be a share of the weights between "
            "0 and 1, such as 0.8"
        )
        raise ModelError(msg)


def apply(module: nn.Module, example: Tensor, *, amount: float) -> None:  # noqa: ARG001 - see folder
    """Prune by magnitude in each layer on its own, and make it permanent.

    Left as a mask, it would double the stored weights and multiply them at every call.
    """
    from torch import nn
    from torch.nn.utils import prune

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            prune.l1_unstructured(layer, "weight", amount)  # type: ignore[no-untyped-call]
            prune.remove(layer, "weight")  # type: ignore[no-untyped-call]
