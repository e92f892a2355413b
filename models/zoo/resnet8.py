"""ResNet-8 in the CIFAR style: three stages of one residual block, 77,754 parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)


def build(*, width: float = 1.0, groups: int = 1, stride: int = 1) -> nn.Module:
    """The network with random weights; the 1x1 shortcuts and the first convolution stay whole."""
    from models.blocks import resnet, scaled

    widths = [scaled(channels, width) for channels in (16, 32, 64)]
    return resnet(widths, 1, groups=groups, stride=stride)
