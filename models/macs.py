"""Multiply-accumulates of one call, from the operators that really run."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor, nn


def macs(module: nn.Module, inputs: Sequence[Tensor]) -> int:
    """Multiply-accumulates of convolutions, matrix products and attention, whoever calls them."""
    counter = _Counter()
    with _unfused(module), counter:
        module(*inputs)
    return counter.total


@contextmanager
def _unfused(module: nn.Module) -> Iterator[None]:
    """Keep torch from calling fused operators, whose parts nobody sees: LSTM and attention."""
    training = {layer: layer.training for layer in module.modules()}
    fast_path = torch.backends.mha.get_fastpath_enabled()
    for layer in training:
        layer.training = False  # not eval(), which exported modules refuse
    torch.backends.mha.set_fastpath_enabled(False)
    mkldnn = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    try:
        with torch.no_grad():
            yield
    finally:
        torch.backends.mkldnn.enabled = mkldnn
        torch.backends.mha.set_fastpath_enabled(fast_path)
        for layer, before in training.items():
            layer.training = before


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        with self:  # under inference_mode torch hands composite operators over whole
            result = func.decompose(*args, **(kwargs or {}))
        if result is NotImplemented:  # it is no composite
            result = func(*args, **(kwargs or {}))
            self.total += _macs_of(str(func.overloadpacket).removeprefix("aten."), args, result)
        return result


def _macs_of(operator: str, args: tuple[Any, ...], result: Tensor) -> int:
    """Of one operator; 0 for one that multiplies no matrices."""
    match operator:
        case "convolution" | "_convolution":
            # A weight is (out, in / groups, kernel...): an output value sums over all but the first
            # axis. Transposed, it is (in, out / groups, kernel...), and an input value feeds them.
            each: Tensor = args[0] if args[6] else result
            return int(each.numel() * math.prod(args[1].shape[1:]))
        case "mm" | "bmm" | "mv" | "dot":
            left, right = args[:2]
            return int(left.numel() * (right.shape[-1] if right.ndim > 1 else 1))
        case "addmm" | "baddbmm" | "addmv":
            return _macs_of(operator.removeprefix("add").removeprefix("badd"), args[1:], result)
        case "_scaled_dot_product_flash_attention_for_cpu":
            query, key, value = args[:3]
            pairs = math.prod(query.shape[:-1]) * key.shape[-2]
            return int(pairs * (query.shape[-1] + value.shape[-1]))
        case _:
            return 0
