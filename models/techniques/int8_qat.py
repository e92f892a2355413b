"""Quantisation-aware training: fine-tuned with int8's rounding, so that rounding costs less.

The weights file holds floating point weights that have got used to the rounding (Jacob et al.
2018); an engine's int8 file is made from it as from any other network's. torch's own operators
for it, rather than NNCF's, which compile C++ when they are first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques import Needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}
NEEDS = Needs(precision="int8")  # in any other precision it is a network fine-tuned for nothing
WEIGHT_LEVELS = 127  # on each side of zero, as the quantisers of the engines have it
ACTIVATION_LEVELS = 255  # from the least to the greatest value, which need not be symmetric
LEAST_SCALE = 1e-8  # of a channel that is all zeros


def check() -> None:
    """Nothing can be wrong."""


def apply(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Iterator[None]:  # noqa: ARG001 - see folder
    """Round inputs and weights of all layers with weights while the network is fine-tuned."""
    from torch import nn

    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    for layer in layers:
        layer.forward = _rounded(layer)  # type: ignore[assignment, method-assign]
    yield
    for layer in layers:
        del layer.forward  # that of its class is back


def rounded_weight(weight: Tensor) -> Tensor:
    """The weight (outputs, ...) on 255 levels for each output, symmetric; gradients pass by."""
    import torch

    greatest = weight.detach().flatten(1).abs().amax(1)
    scale = (greatest / WEIGHT_LEVELS).clamp(min=LEAST_SCALE)
    zero = torch.zeros_like(scale, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(
        weight, scale, zero, 0, -WEIGHT_LEVELS, WEIGHT_LEVELS
    )


def rounded_input(x: Tensor) -> Tensor:
    """The activations of a batch on 256 levels between their extremes; gradients pass by.

    The range is the batch's own: a running one would be state that a stopped training has to keep.
    """
    import torch

    low, high = x.detach().amin().clamp(max=0.0), x.detach().amax().clamp(min=0.0)
    scale = ((high - low) / ACTIVATION_LEVELS).clamp(min=LEAST_SCALE)
    zero = (-low / scale).round().to(torch.int32)  # zero itself has a level: padding is exact
    return torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, ACTIVATION_LEVELS)


def _rounded(layer: nn.Conv2d | nn.Linear) -> Callable[[Tensor], Tensor]:
    import torch
    from torch import nn
    from torch.nn import functional

    def forward(x: Tensor) -> Tensor:
        # In fp32: rounded once more to bf16, the upper levels would run into each other.
        with torch.autocast(x.device.type, enabled=False):
            values, weight = rounded_input(x.float()), rounded_weight(layer.weight)
            if isinstance(layer, nn.Linear):
                return functional.linear(values, weight, layer.bias)
            answer: Tensor = layer._conv_forward(values, weight, layer.bias)  # noqa: SLF001 - its padding modes too
            return answer

    return forward
