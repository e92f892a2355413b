"""ResNet-20 in the CIFAR style: three stages of three residual blocks, 272,186 parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)


def build(
    *,
    width: float = 1.0,
    groups: int = 1,
    blocks: int | None = None,
    tied: bool = False,
    stride: int = 1,
) -> nn.Module:
    """The network with random weights; the 1x1 shortcuts and the first convolution stay whole.

    Tied, the second and third block of each stage are one block.
    """
    from models.blocks import fewer, resnet, scaled

    widths = [scaled(channels, width) for channels in (16, 32, 64)]
    return resnet(widths, fewer(3, blocks), groups=groups, tied=tied, stride=stride)
