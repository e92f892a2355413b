"""Whole channels removed by the L2 norm of everything that is coupled to them (torch-pruning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

# Channels that remain are rounded down to a multiple of round_to, which vector units like, but
# never to none: a layer that has too few for that keeps all of them. Of SimpleCNN's 10, 20 and 50,
# ratio 0.5 leaves 10, 8 and 24, and 0.57 of the MACs; with round_to=1, 5, 10 and 25, and 0.33.
OPTIONS: Mapping[str, Scalar] = {"ratio": 0.5, "round_to": 8}


def check(*, ratio: float, round_to: int) -> None:
    """A share of the channels must go, and a share must stay."""
    if not 0 < ratio < 1:
        msg = (
            f"prune_structured: ratio is {ratio}, but must be a share of the channels between "
            "0 and 1, such as 0.5"
        )
        raise ModelError(msg)
    if round_to < 1:
        msg = f"prune_structured: round_to is {round_to}, but must be 1 or more; 8 is the default"
        raise ModelError(msg)


def apply(module: nn.Module, example: Tensor, *, ratio: float, round_to: int) -> None:
    """Remove channels from all layers but the last, whose outputs are the classes."""
    import torch_pruning
    from torch import nn

    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    before = sum(p.numel() for p in module.parameters())
    torch_pruning.pruner.BasePruner(
        module,
        example,
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=ratio,
        round_to=round_to,
        ignored_layers=layers[-1:],
    ).step()
    if sum(p.numel() for p in module.parameters()) == before:
        msg = (
            f"prune_structured: ratio {ratio} with round_to={round_to} removes no channel of this "
            "network; raise ratio or lower round_to"
        )
        raise ModelError(msg)
