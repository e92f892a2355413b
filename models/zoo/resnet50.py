"""ResNet-50 at 224x224: 25,557,032 parameters and 4.09 billion MACs for a thousand classes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (3, 224, 224)
BLOCKS = (3, 4, 6, 3)  # of each stage
REDUCTION = 4  # of a block's channels in its 3x3 convolution


def build(
    *,
    width: float = 1.0,
    groups: int = 1,
    blocks: int | None = None,
    tied: bool = False,
    stride: int = 1,
) -> nn.Module:
    """The network with random weights (He et al. 2016, table 1).

    As in every library today, the 3x3 convolution of a stage's first block has the stride, where
    the paper has it in the 1x1 convolution before. Tied, all blocks of a stage but its first are
    one block.
    """
    from torch import nn

    from models.blocks import Bottleneck, fewer, head, scaled, stage

    stem = scaled(64, width)
    layers: list[nn.Module] = [
        nn.Conv2d(3, stem, 7, stride=2 * stride, padding=3, bias=False),
        nn.BatchNorm2d(stem),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    inputs = stem
    for index, own in enumerate(BLOCKS):
        outputs = REDUCTION * scaled(64 * 2**index, width)
        block = partial(Bottleneck, reduction=REDUCTION, groups=(groups, 1))
        kept = fewer(own, blocks)
        first = block(inputs, outputs, stride=1 if index == 0 else 2)
        layers += stage(first, partial(block, outputs, outputs, stride=1), kept, tied=tied)
        inputs = outputs
    return nn.Sequential(*layers, *head(inputs, classes=1000))
