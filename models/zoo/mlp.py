"""MLP: three linear layers on the flattened image, 235,146 parameters and no convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)


def build(*, width: float = 1.0) -> nn.Module:
    """The network with random weights; width scales the two hidden layers."""
    from torch import nn

    from models.blocks import scaled

    first, second = (scaled(features, width) for features in (256, 128))
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, first),
        nn.ReLU(),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, 10),
    )
