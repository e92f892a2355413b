"""DwSep8: depthwise-separable convolutions after MobileNet, eight weight layers deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.zoo import DEPTHWISE

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)
BY_ITSELF = {"groups": DEPTHWISE}  # its only full 3x3 has one input


def build(*, width: float = 1.0, groups: int = 1, stride: int = 1) -> nn.Module:
    """The network with random weights; its 3x3 are depthwise, so groups divide the pointwise ones.

    13,898 parameters (Howard et al. 2017, section 3.1).
    """
    from torch import nn

    from models.blocks import head, same_conv, scaled, separable

    stem, first, second, third = (scaled(channels, width) for channels in (16, 32, 64, 128))
    return nn.Sequential(
        same_conv(1, stem, stride=stride),
        nn.BatchNorm2d(stem),
        nn.ReLU(),
        *separable(stem, first, stride=1, groups=groups),
        *separable(first, second, stride=2, groups=groups),
        *separable(second, third, stride=2, groups=groups),
        *head(third),
    )
