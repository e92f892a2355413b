"""Traps of counting work: groups, inference mode, and a MAC that is called a FLOP."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch_pruning
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from models import input_shape
from models.counting import count
from models.zoo import Architecture, assemble
from tests.models.made import SMALL

if TYPE_CHECKING:
    from collections.abc import Sequence

IN, OUT, KERNEL, SIZE = 8, 16, 3, 12
VALUES = OUT * (SIZE - KERNEL + 1) ** 2  # that the convolution puts out

BY_HAND = [  # each output value sums over the input channels of its group, times the kernel
    pytest.param(1, VALUES * IN * KERNEL**2, id="dense"),
    pytest.param(2, VALUES * IN // 2 * KERNEL**2, id="grouped"),
    pytest.param(IN, VALUES * 1 * KERNEL**2, id="depthwise"),
]


def without_groups(layer: nn.Conv2d, values: int) -> int:
    """The naive count, from the attributes that everyone remembers."""
    return values * layer.in_channels * math.prod(layer.kernel_size)


@pytest.mark.parametrize(("groups", "macs"), BY_HAND)
def test_groups_divide_the_work(groups: int, macs: int) -> None:
    """Trap: MACs that ignore groups, here by a factor of up to 8."""
    layer = nn.Conv2d(IN, OUT, KERNEL, groups=groups)
    assert without_groups(layer, VALUES) == groups * macs
    assert count(layer, (IN, SIZE, SIZE)).macs == macs


@pytest.mark.parametrize("groups", [1, 2, IN])
def test_a_second_counter_agrees_on_groups(groups: int) -> None:
    layer = nn.Conv2d(IN, OUT, KERNEL, groups=groups, bias=False)
    example = torch.zeros(1, IN, SIZE, SIZE)
    by_hooks, _ = torch_pruning.utils.count_ops_and_params(layer, example)
    assert count(layer, (IN, SIZE, SIZE)).macs == by_hooks


class Listening(TorchDispatchMode):
    """The naive counter: adds up the products of the operators that it knows."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = 0

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        result: torch.Tensor = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.convolution.default:
            self.macs += result.numel() * math.prod(args[1].shape[1:])
        if func is torch.ops.aten.addmm.default:
            self.macs += args[1].numel() * args[2].shape[1]
        if func is torch.ops.aten.bmm.default:
            self.macs += result.numel() * args[0].shape[2]
        return result


@pytest.mark.parametrize("family", SMALL)
def test_work_is_counted_in_inference_mode_too(family: str) -> None:
    """Trap: counters that see nothing under inference_mode, where operators stay composite."""
    module, shape = assemble(family, Architecture()).eval(), input_shape(family)
    example = torch.zeros(1, *shape)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), Listening() as seen:
        module(example)
    with torch.inference_mode(), Listening() as blind:
        module(example)
    assert (seen.macs > 0, blind.macs) == (True, 0)
    with torch.inference_mode():
        assert count(module, shape).macs == seen.macs


@pytest.mark.parametrize("family", SMALL)
def test_a_mac_is_two_flops(family: str) -> None:
    """Trap: a MAC called a FLOP; torch counts FLOPs, we store MACs and say so."""
    module, shape = assemble(family, Architecture()).eval(), input_shape(family)
    # The counter sees nothing of the attention that a CPU runs as one operator.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as flops:
        module(torch.zeros(1, *shape))
    assert flops.get_total_flops() == 2 * count(module, shape).macs
