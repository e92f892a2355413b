"""Blocks that families share."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.blocks import Repeated, Residual, conv, scaled, stage


@pytest.mark.parametrize(
    ("inputs", "outputs", "groups"), [(4, 8, 4), (4, 6, 1), (6, 8, 1), (1, 8, 1)]
)
def test_a_convolution_is_grouped_only_where_both_channel_counts_divide(
    inputs: int, outputs: int, groups: int
) -> None:
    assert conv(inputs, outputs, 3, groups=4).groups == groups


@pytest.mark.parametrize(("width", "channels"), [(1.0, 10), (0.5, 5), (0.25, 2), (0.001, 1)])
def test_channels_scale_but_never_to_none(width: float, channels: int) -> None:
    assert scaled(10, width) == channels


@pytest.mark.parametrize(("outputs", "stride"), [(4, 1), (8, 1), (4, 2), (8, 2)])
def test_a_residual_block_adds_images_of_equal_shape(outputs: int, stride: int) -> None:
    block = Residual(4, outputs, stride, 1)
    assert block(torch.rand(2, 4, 7, 7)).shape == (2, outputs, -(-7 // stride), -(-7 // stride))


def another() -> nn.Linear:
    return nn.Linear(3, 3)


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_a_stage_has_its_blocks_in_a_row_each_with_its_own_weights(blocks: int) -> None:
    first = another()
    made = stage(first, another, blocks, tied=False)
    assert made[0] is first
    assert len({id(block) for block in made}) == len(made) == blocks


@pytest.mark.parametrize("blocks", [2, 4])
def test_a_tied_stage_repeats_the_block_after_its_first(blocks: int) -> None:
    first = another()
    alone, repeated = stage(first, another, blocks, tied=True)
    assert alone is first
    assert isinstance(repeated, Repeated)
    x = torch.rand(2, 3)
    wanted = x
    for _ in range(blocks - 1):
        wanted = repeated.block(wanted)
    assert torch.equal(repeated(x), wanted)


def test_a_repeated_block_shares_its_weights_and_no_batch_norm() -> None:
    repeated = Repeated(Residual(2, 2, 1, 1), 3).eval()
    parameters = dict(repeated.named_parameters())
    assert sum(p.ndim == 4 for p in parameters.values()) == 2  # the two convolutions
    assert sum(p.ndim == 1 for p in parameters.values()) == 3 * 2 * 2
    x = torch.rand(1, 2, 4, 4)
    before = repeated(x)
    last = repeated.norms[-1][-1]  # type: ignore[index]
    last.running_mean += 1.0
    assert torch.equal(repeated.block(x), Residual.forward(repeated.block, x))  # type: ignore[arg-type]
    assert not torch.equal(repeated(x), before)


def test_a_stage_of_one_block_has_nothing_to_tie() -> None:
    assert len(stage(another(), another, 1, tied=True)) == 1
