"""Counting parameters and multiply-accumulates, exactly; 1 MAC = 2 FLOPs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a module holds, and what one sample costs it."""

    params: int
    nonzero_params: int
    macs: int  # of convolutions and matrix products; bias, batch norm and pooling are not counted


def count(module: nn.Module, input_shape: Sequence[int]) -> Counts:
    """Counts for one sample of the given shape, without a batch axis: (1, 28, 28)."""
    import torch  # late: what only collects cases must not wait for torch

    return count_for(module, [torch.zeros(1, *input_shape)])


def count_for(module: nn.Module, inputs: Sequence[Tensor]) -> Counts:
    """Counts for a batch of one, given as the module's positional inputs."""
    from models.macs import macs

    parameters = list(module.parameters())
    return Counts(
        params=sum(p.numel() for p in parameters),
        nonzero_params=sum(int((p != 0).sum()) for p in parameters),
        macs=macs(module, inputs),
    )
