"""Building blocks that several families share; not a family itself."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


def scaled(channels: int, width: float) -> int:
    """Channels at a relative width, at least 1."""
    return max(1, round(channels * width))


def conv(
    inputs: int, outputs: int, kernel: int, *, groups: int = 1, bias: bool = True
) -> nn.Conv2d:
    """A convolution without padding, grouped where both channel counts can be divided."""
    groups = groups or inputs  # DEPTHWISE
    eligible = inputs % groups == 0 and outputs % groups == 0
    return nn.Conv2d(inputs, outputs, kernel, groups=groups if eligible else 1, bias=bias)


def same_conv(inputs: int, outputs: int, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the image's size (at stride 1); batch norm brings its bias."""
    layer = conv(inputs, outputs, 3, groups=groups, bias=False)
    layer.stride, layer.padding = (stride, stride), (1, 1)
    return layer


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """What a block's result is added to: its input, projected where the shapes differ."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    projection = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
    return nn.Sequential(projection, nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    """Two 3x3 convolutions with batch norm, added to a shortcut; other norms may be given."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int) -> None:
        super().__init__()
        self.conv1 = same_conv(inputs, outputs, stride=stride, groups=groups)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = same_conv(outputs, outputs, groups=groups)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor, *norms: nn.Module) -> Tensor:
        """Images (batch, inputs, height, width) to (batch, outputs, height/stride, ...)."""
        norm1, norm2 = norms or (self.norm1, self.norm2)
        y = functional.relu(norm1(self.conv1(x)))
        return functional.relu(norm2(self.conv2(y)) + self.shortcut(x))


class Bottleneck(nn.Module):
    """1x1 to fewer channels, 3x3, and 1x1 back, with batch norm, added to a shortcut.

    The 3x3 convolution has the first of the numbers of groups that divides its channels.
    """

    def __init__(
        self, inputs: int, outputs: int, *, stride: int, reduction: int, groups: Sequence[int]
    ) -> None:
        super().__init__()
        middle = max(1, outputs // reduction)
        wanted = (each or middle for each in groups)  # DEPTHWISE
        divided = next(each for each in wanted if middle % each == 0)
        self.conv1 = nn.Conv2d(inputs, middle, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(middle)
        self.conv2 = same_conv(middle, middle, stride=stride, groups=divided)
        self.norm2 = nn.BatchNorm2d(middle)
        self.conv3 = nn.Conv2d(middle, outputs, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(outputs)
        self.shortcut = shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor, *norms: nn.Module) -> Tensor:
        """Images (batch, inputs, height, width) to (batch, outputs, height/stride, ...)."""
        norm1, norm2, norm3 = norms or (self.norm1, self.norm2, self.norm3)
        y = functional.relu(norm1(self.conv1(x)))
        y = functional.relu(norm2(self.conv2(y)))
        return functional.relu(norm3(self.conv3(y)) + self.shortcut(x))


class Repeated(nn.Module):
    """One block applied several times in a row, with the same weights each time.

    Its batch norms are not shared. What they see differs from one time to the next, and running
    statistics of all together fit none: a network that learnt so was right for 41 % of test images.
    """

    def __init__(self, block: nn.Module, times: int) -> None:
        super().__init__()
        own = nn.ModuleList(m for m in block.children() if isinstance(m, nn.BatchNorm2d))
        self.block = block
        self.norms = nn.ModuleList(copy.deepcopy(own) for _ in range(times - 1))

    def forward(self, x: Tensor) -> Tensor:
        """Whatever the block takes and gives, which must be of one shape."""
        x = self.block(x)
        for norms in self.norms:
            x = self.block(x, *norms)  # type: ignore[misc]
        return x


def stage(
    first: nn.Module, another: Callable[[], nn.Module], blocks: int, *, tied: bool
) -> list[nn.Module]:
    """Blocks in a row; tied, those after the first are one block, repeated.

    The first stays on its own, because in most stages it alone changes the shape.
    """
    if tied and blocks > 1:
        return [first, Repeated(another(), blocks - 1)]
    return [first, *(another() for _ in range(blocks - 1))]


def fewer(own: int, most: int | None) -> int:
    """How many blocks a stage has if at most so many are asked for."""
    return own if most is None else min(own, most)


def separable(inputs: int, outputs: int, *, stride: int, groups: int) -> list[nn.Module]:
    """A depthwise 3x3 convolution and a pointwise one, each with batch norm and ReLU."""
    return [
        same_conv(inputs, inputs, stride=stride, groups=inputs),
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        conv(inputs, outputs, 1, groups=groups or 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


def head(inputs: int, classes: int = 10) -> list[nn.Module]:
    """Global average pooling and a linear layer for the classes."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes)]


def resnet(
    widths: Sequence[int], blocks_per_stage: int, *, groups: int, stride: int, tied: bool = False
) -> nn.Sequential:
    """A CIFAR-style ResNet for one input channel and ten classes (He et al. 2016, section 4.2)."""
    first_layer = same_conv(1, widths[0], stride=stride, groups=groups)
    stem = [first_layer, nn.BatchNorm2d(widths[0]), nn.ReLU()]
    stages: list[nn.Module] = []
    for inputs, outputs in zip([widths[0], *widths], widths, strict=False):
        first = Residual(inputs, outputs, 2 if stages else 1, groups)
        another = partial(Residual, outputs, outputs, 1, groups)
        stages += stage(first, another, blocks_per_stage, tied=tied)
    return nn.Sequential(*stem, *stages, *head(widths[-1]))
