"""Two of every four weights along the inputs set to zero: the pattern of NVIDIA's sparse cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ImpossibleError
from models.techniques import Needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}
# Elsewhere the zeros are multiplied as any number is, and in float32 torch has no such product.
NEEDS = Needs(form="module", device="cuda", precision=("bf16", "fp16"))
REMARK = "torch multiplies in this pattern in linear layers of some size: convolutions stay dense."
OF = 4  # of so many neighbours along the inputs, half are kept


def check() -> None:
    """Nothing can be wrong."""


def apply(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Iterator[None]:  # noqa: ARG001 - see folder
    """Keep the larger half of each four, in layers whose inputs can be divided by four."""
    import torch
    from torch import nn

    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    divided = [layer.weight for layer in layers if layer.weight.shape[1] % OF == 0]
    if not divided:
        msg = "sparse_2_4: no layer of this network has inputs that can be divided by four"
        raise ImpossibleError(msg)
    with torch.no_grad():
        for weight in divided:
            weight.masked_fill_(~larger_half(weight), 0.0)
    yield


def larger_half(weight: Tensor) -> Tensor:
    """True at the two of each four neighbours along axis 1 that are larger in size."""
    import torch

    moved = weight.movedim(1, -1)
    fours = moved.reshape(*moved.shape[:-1], -1, OF)
    kept = fours.abs().topk(OF // 2, dim=-1).indices
    mask = torch.zeros_like(fours, dtype=torch.bool).scatter(-1, kept, value=True)
    return mask.flatten(-2).movedim(-1, 1)


def deploy(module: nn.Module) -> nn.Module:
    """Linear layers that multiply in the pattern, once they are on a GPU."""
    from models.semi_structured import SemiStructuredLinear

    return SemiStructuredLinear.put_into(module)
