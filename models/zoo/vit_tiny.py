"""ViT-Tiny: a transformer of four encoder blocks over 16 patches of 7x7 pixels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

INPUT_SHAPE = (1, 28, 28)
RATE = 0.2  # of the data set's learning rates, which are too hot for attention
PATCH = 7
BLOCKS, HEADS, FEATURES_PER_HEAD = 4, 4, 16


def build(*, width: float = 1.0, blocks: int | None = None, tied: bool = False) -> nn.Module:
    """The network with random weights, 138,890 parameters (Dosovitskiy et al. 2021).

    Width scales the features of each head. Tied, the blocks after the first are one block.
    """
    from torch import nn

    from models.blocks import fewer, scaled, stage
    from models.transformer import Encoder, Mean, Patches

    features = HEADS * scaled(FEATURES_PER_HEAD, width)
    encoder = partial(Encoder, features, HEADS)
    return nn.Sequential(
        Patches(INPUT_SHAPE, PATCH, features),
        *stage(encoder(), encoder, fewer(BLOCKS, blocks), tied=tied),
        nn.LayerNorm(features),
        Mean(),
        nn.Linear(features, 10),
    )
