"""ResNeXt-8: three residual bottlenecks whose 3x3 convolutions have eight groups."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)
CARDINALITY = 8  # groups of each 3x3 convolution


def build(*, width: float = 1.0, groups: int = 1, stride: int = 1) -> nn.Module:
    """The network with random weights, 35,594 parameters (Xie et al. 2017, section 3).

    Groups multiply the cardinality, where the channels can be divided.
    """
    from torch import nn

    from models.blocks import Bottleneck, head, same_conv, scaled

    divisors = (CARDINALITY * groups, CARDINALITY, 1)
    block = partial(Bottleneck, reduction=2, groups=divisors)
    first, second, third = (scaled(channels, width) for channels in (32, 64, 128))
    return nn.Sequential(
        same_conv(1, first, stride=stride),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        block(first, first, stride=1),
        block(first, second, stride=2),
        block(second, third, stride=2),
        *head(third),
    )
