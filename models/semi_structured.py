"""A linear layer whose weights, half of them zero in the 2:4 pattern, a GPU multiplies so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

LEAST_OUTPUTS, LEAST_INPUTS = 32, 64  # torch's kernels take multiples of these


class SemiStructuredLinear(nn.Linear):
    """As nn.Linear; on a GPU the weights are compressed at the first call, in whatever precision.

    Not earlier, because a module is built on the CPU, and moved and converted afterwards.
    """

    compressed: Tensor | None = None

    @staticmethod
    def put_into(module: nn.Module) -> nn.Module:
        """The module with each of its linear layers that torch's kernels take turned into one."""
        for layer in module.modules():
            if type(layer) is nn.Linear and _fits(layer):
                layer.__class__ = SemiStructuredLinear
        return module

    def forward(self, x: Tensor) -> Tensor:
        """The same as of a dense layer; while its weights learn, by a dense product.

        A compressed copy would have no gradient, and be stale after the first step.
        """
        if self.training:
            self.compressed = None
        if self.training or not self.weight.is_cuda:
            return super().forward(x)
        if self.compressed is None:
            self.compressed = torch.sparse.to_sparse_semi_structured(self.weight.detach())
        return functional.linear(x, self.compressed, self.bias)


def _fits(layer: nn.Linear) -> bool:
    return layer.out_features % LEAST_OUTPUTS == 0 and layer.in_features % LEAST_INPUTS == 0
