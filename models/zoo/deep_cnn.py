"""DeepCNN: three 5x5 convolutions and one linear layer, for 28x28 images padded to 32x32."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 32, 32)  # at 28x28 the last feature map would be 3x3 and miss the outer pixels


def build(*, width: float = 1.0, groups: int = 1) -> nn.Module:
    """The network with random weights; the first convolution has one input and stays whole."""
    from torch import nn

    from models.blocks import conv, scaled

    first, second, third = (scaled(channels, width) for channels in (10, 20, 50))
    return nn.Sequential(
        conv(1, first, 5, groups=groups),
        nn.ReLU(),
        conv(first, second, 5, groups=groups),
        nn.MaxPool2d(2),
        nn.ReLU(),
        conv(second, third, 5, groups=groups),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(third * 4 * 4, 10),
    )
