"""Tied8: one residual block applied three times, so that its layers share their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)
BY_ITSELF = {"tied": True}
TIMES = 3  # with the first convolution and the last layer: eight layers deep


def build(*, width: float = 1.0, groups: int = 1, stride: int = 1) -> nn.Module:
    """The network with random weights: 19,498 parameters, and the MACs of three blocks."""
    from torch import nn

    from models.blocks import Repeated, Residual, head, same_conv, scaled

    channels = scaled(32, width)
    return nn.Sequential(
        same_conv(1, channels, stride=stride),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.MaxPool2d(2),
        Repeated(Residual(channels, channels, 1, groups), TIMES),
        *head(channels),
    )
