"""Counts against values by hand, and against torch's own counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from models import input_shape
from models.counting import count, count_for
from models.zoo import Architecture, assemble, knobs
from tests.models.made import MODULES, narrow

if TYPE_CHECKING:
    from collections.abc import Callable

LAYERS = [
    pytest.param(lambda: nn.Conv2d(3, 8, 3), (3, 10, 12), 224, 8 * 8 * 10 * 27, id="conv"),
    pytest.param(
        lambda: nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False),
        (4, 8, 8),
        288,
        8 * 16 * 36,
        id="strided",
    ),
    pytest.param(
        lambda: nn.Conv2d(4, 8, 5, groups=2), (4, 9, 9), 408, 8 * 25 * 2 * 25, id="grouped"
    ),
    pytest.param(lambda: nn.Conv2d(6, 6, 3, groups=6), (6, 5, 5), 60, 6 * 9 * 9, id="depthwise"),
    pytest.param(
        lambda: nn.Conv2d(6, 12, 3, groups=6), (6, 5, 5), 120, 12 * 9 * 9, id="depthwise_twice"
    ),
    pytest.param(lambda: nn.Conv1d(2, 3, 4), (2, 10), 27, 3 * 7 * 8, id="conv1d"),
    pytest.param(
        lambda: nn.ConvTranspose2d(2, 4, 3, groups=2), (2, 5, 5), 40, 2 * 25 * 18, id="transposed"
    ),
    pytest.param(lambda: nn.Linear(20, 7), (20,), 147, 140, id="linear"),
    pytest.param(lambda: nn.Linear(20, 7, bias=False), (5, 20), 140, 700, id="linear_of_rows"),
    pytest.param(lambda: nn.LSTM(4, 5, batch_first=True), (3, 4), 220, 540, id="lstm"),
    pytest.param(
        lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True),
        (3, 8),
        600,
        3 * 8 * 24 + 2 * 3 * 3 * 8 + 3 * 8 * 8 + 2 * 3 * 8 * 16,
        id="transformer",
    ),
]


@pytest.mark.parametrize(("make", "shape", "params", "macs"), LAYERS)
@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_layers_count_as_by_hand_in_every_mode(
    make: Callable[[], nn.Module],
    shape: tuple[int, ...],
    params: int,
    macs: int,
    mode: Callable[[], torch.no_grad],
) -> None:
    with mode():
        counts = count(make(), shape)
    assert (counts.params, counts.macs) == (params, macs)


ARCHITECTURES = [
    pytest.param(family, changed, id=f"{family}-{changed.changes}")
    for family in MODULES
    for changed in (narrow(family), narrow(family, groups=2), narrow(family, tied=True))
    if changed.changes.keys() <= knobs(family)
]


@pytest.mark.parametrize(("family", "changed"), ARCHITECTURES)
def test_torchs_own_counter_agrees(family: str, changed: Architecture) -> None:
    module = assemble(family, changed).eval()
    # The counter sees nothing of the attention that a CPU runs as one operator.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as flops:
        module(torch.zeros(1, *input_shape(family)))
    assert 2 * count(module, input_shape(family)).macs == flops.get_total_flops()


class Products(nn.Module):
    """Matrix products that belong to no layer."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        attended = nn.functional.scaled_dot_product_attention(x, x, x)
        return torch.einsum("bij,bkj->bik", attended, x) + (x[0, 0] @ x[0, 0])


def test_products_outside_of_layers_count() -> None:
    pairs = 6 * 6
    assert count(Products(), (6, 4)).macs == 2 * pairs * 4 + pairs * 4 + 4


def test_several_inputs_count() -> None:
    counts = count_for(nn.Bilinear(3, 4, 5), [torch.rand(1, 3), torch.rand(1, 4)])
    assert counts.params == 65
    embedding = count_for(nn.Embedding(9, 3), [torch.tensor([[1, 2]])])
    assert (embedding.params, embedding.macs) == (27, 0)


def test_an_exported_module_counts() -> None:
    module = assemble("simple_cnn", Architecture()).eval()
    exported = torch.export.export(module, (torch.rand(1, 1, 28, 28),)).module()
    assert count(exported, (1, 28, 28)) == count(module, (1, 28, 28))


def test_zeros_are_told_apart_from_the_rest() -> None:
    layer = nn.Linear(4, 2)
    nn.init.ones_(layer.bias)
    layer.weight.data = torch.tensor([[0.0, 1.0, -0.0, 2.0], [0.0, 0.0, 0.0, 3.0]])
    counts = count(layer, (4,))
    assert (counts.params, counts.nonzero_params) == (10, 5)


def test_a_shared_weight_is_one_parameter_and_two_products() -> None:
    layer = nn.Linear(4, 4, bias=False)
    counts = count(nn.Sequential(layer, layer), (4,))
    assert (counts.params, counts.macs) == (16, 32)


def test_counting_leaves_the_module_and_torch_as_they_were() -> None:
    module = assemble("resnet8", Architecture()).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    count(module, (1, 28, 28))
    assert module.training
    assert torch.backends.mkldnn.enabled
    assert torch.backends.mha.get_fastpath_enabled()
    assert torch.is_grad_enabled()
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_torch_is_as_it_was_after_a_module_that_raises() -> None:
    with pytest.raises(RuntimeError):
        count(nn.Linear(4, 2), (5,))
    assert torch.backends.mkldnn.enabled
    assert torch.is_grad_enabled()
