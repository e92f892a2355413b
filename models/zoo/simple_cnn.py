"""SimpleCNN: the two-convolution network of the classic MNIST example, 21,840 parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)


def build(*, width: float = 1.0, groups: int = 1) -> nn.Module:
    """The network with random weights; the second convolution is the one that can be grouped."""
    from torch import nn

    from models.blocks import conv, scaled

    first, second, hidden = (scaled(channels, width) for channels in (10, 20, 50))
    return nn.Sequential(
        conv(1, first, 5, groups=groups),
        nn.ReLU(),
        nn.MaxPool2d(2),
        conv(first, second, 5, groups=groups),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * 4 * 4, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
    )
