"""Blocks that families share."""

from __future__ import annotations

import pytest
import torch

from models.blocks import Residual, conv, scaled


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
