"""The technique int8_qat: what is rounded while it trains, and that nothing of it is left."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.techniques.int8_qat import apply, rounded_input, rounded_weight

IMAGES = torch.linspace(-1.0, 2.0, 2 * 3 * 5 * 5).reshape(2, 3, 5, 5)
LABELS = torch.tensor([0, 1])


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(100, 2)
    )


def test_each_output_of_a_weight_has_255_levels_of_its_own() -> None:
    weight = torch.tensor([[0.013, -1.27], [0.0, 0.0], [5.0, 254.0]])
    torch.testing.assert_close(
        rounded_weight(weight), torch.tensor([[0.01, -1.27], [0.0, 0.0], [4.0, 254.0]])
    )


def test_a_batch_has_256_levels_between_its_extremes_and_zero_is_one() -> None:
    x = torch.tensor([-1.0, 0.0, 0.014, 1.55])  # 2.55 wide: levels 0.01 apart
    torch.testing.assert_close(rounded_input(x), torch.tensor([-1.0, 0.0, 0.01, 1.55]))
    positive = rounded_input(torch.tensor([0.5, 25.5]))  # the range reaches down to zero
    torch.testing.assert_close(positive, torch.tensor([0.5, 25.5]))


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=30))
def test_no_value_moves_by_more_than_a_level(values: list[float]) -> None:
    x = torch.tensor(values)
    level = (max(x.max().item(), 0.0) - min(x.min().item(), 0.0)) / 255
    assert (rounded_input(x) - x).abs().max().item() <= 1.01 * level + 1e-7


@pytest.mark.parametrize("layer", [0, 3], ids=["convolution", "linear"])
def test_layers_round_while_it_is_trained_and_not_afterwards(layer: int) -> None:
    module = net()
    plain = copy.deepcopy(module)
    steps = apply(module, (IMAGES, LABELS))
    next(steps)
    inputs = IMAGES if layer == 0 else torch.linspace(-1, 1, 200).reshape(2, 100)
    original, rounding = plain[layer], module[layer]  # type: ignore[index]
    reference = copy.deepcopy(original)
    reference.weight.data = rounded_weight(original.weight.data)
    torch.testing.assert_close(rounding(inputs), reference(rounded_input(inputs)))
    assert not torch.equal(rounding(inputs), original(inputs))
    assert list(steps) == []
    torch.testing.assert_close(rounding(inputs), original(inputs))
    assert module.state_dict().keys() == plain.state_dict().keys()


def test_gradients_reach_the_weights_behind_the_rounding() -> None:
    module = net()
    next(apply(module, (IMAGES, LABELS)))
    loss = nn.functional.cross_entropy(module(IMAGES), LABELS)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in module.parameters())
