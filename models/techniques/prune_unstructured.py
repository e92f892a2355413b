"""A share of the weights set to zero, smallest first; the shapes, and so the MACs, stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ModelError
from models.techniques import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {"amount": 0.8, "method": "l1", "scope": "layer"}
METHODS = ("l1", "random")  # the smallest weights go, or any: what the choice is worth
SCOPES = ("layer", "global")  # the amount of each layer, or of all weights ranked together
REMARK = "zeros are multiplied like any other number: no dense kernel gets faster by them."


def check(*, amount: float, method: str, scope: str) -> None:
    """A share of the weights must go, and a share must stay."""
    if not 0 < amount < 1:
        msg = (
            f"prune_unstructured: amount is {amount}, but must be a share of the weights between "
            "0 and 1, such as 0.8"
        )
        raise ModelError(msg)
    one_of("prune_unstructured: method", method, METHODS)
    one_of("prune_unstructured: scope", scope, SCOPES)


def apply(
    module: nn.Module,
    batch: tuple[Tensor, Tensor],  # noqa: ARG001 - see folder
    *,
    amount: float,
    method: str,
    scope: str,
) -> Iterator[None]:
    """Prune, and make it permanent.

    Left as a mask, it would double the stored weights and multiply them at every call: the
    technique `masked` does that, to show what it costs.
    """
    from torch import nn
    from torch.nn.utils import prune

    ways = {"l1": prune.L1Unstructured, "random": prune.RandomUnstructured}
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    for ranked in [layers] if scope == "global" else [[layer] for layer in layers]:
        weights = [(layer, "weight") for layer in ranked]
        prune.global_unstructured(weights, ways[method], amount=amount)
    for layer in layers:
        prune.remove(layer, "weight")  # type: ignore[no-untyped-call]
    yield
