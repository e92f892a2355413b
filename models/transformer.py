"""Building blocks of transformers over images; not a family itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

HIDDEN = 2  # hidden features of a block's linear layers, relative to its features
DEVIATION = 0.02  # of the positions at the start, as in the original


class Patches(nn.Module):
    """The image cut into square patches, each projected to its features, plus its position."""

    def __init__(self, input_shape: Sequence[int], patch: int, features: int) -> None:
        super().__init__()
        channels, height, width = input_shape
        self.projection = nn.Conv2d(channels, features, patch, stride=patch)
        patches = (height // patch) * (width // patch)
        self.position = nn.Parameter(DEVIATION * torch.randn(patches, features))

    def forward(self, x: Tensor) -> Tensor:
        """Images (batch, channels, height, width) to tokens (batch, patches, features)."""
        features: Tensor = self.projection(x)
        return features.flatten(2).transpose(1, 2) + self.position


class Attention(nn.Module):
    """Multi-head self-attention, each head over its share of the features."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(features, features)
        self.key = nn.Linear(features, features)
        self.value = nn.Linear(features, features)
        self.output = nn.Linear(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (batch, tokens, features) to the same shape."""
        query, key, value = (
            layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (batch, heads, tokens, ...)
            for layer in (self.query, self.key, self.value)
        )
        attended = functional.scaled_dot_product_attention(query, key, value)
        answer: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return answer


class Encoder(nn.Module):
    """Attention and two linear layers, each normalised before and added to its input."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features)
        self.attention = Attention(features, heads)
        self.norm2 = nn.LayerNorm(features)
        self.linear1 = nn.Linear(features, HIDDEN * features)
        self.linear2 = nn.Linear(HIDDEN * features, features)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (batch, tokens, features) to the same shape."""
        x = x + self.attention(self.norm1(x))
        hidden = functional.gelu(self.linear1(self.norm2(x)))
        answer: Tensor = x + self.linear2(hidden)
        return answer


class Mean(nn.Module):
    """The mean over all tokens."""

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (batch, tokens, features) to (batch, features)."""
        return x.mean(dim=1)
