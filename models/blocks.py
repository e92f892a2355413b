"""Building blocks that several families share; not a family itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def scaled(channels: int, width: float) -> int:
    """Channels at a relative width, at least 1."""
    return max(1, round(channels * width))


def conv(
    inputs: int, outputs: int, kernel: int, *, groups: int = 1, bias: bool = True
) -> nn.Conv2d:
    """A convolution without padding, grouped where both channel counts can be divided."""
    eligible = inputs % groups == 0 and outputs % groups == 0
    return nn.Conv2d(inputs, outputs, kernel, groups=groups if eligible else 1, bias=bias)


def same_conv(inputs: int, outputs: int, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the image's size (at stride 1); batch norm brings its bias."""
    layer = conv(inputs, outputs, 3, groups=groups, bias=False)
    layer.stride, layer.padding = (stride, stride), (1, 1)
    return layer


class Residual(nn.Module):
    """Two 3x3 convolutions with batch norm, added to a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int) -> None:
        super().__init__()
        self.conv1 = same_conv(inputs, outputs, stride=stride, groups=groups)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = same_conv(outputs, outputs, groups=groups)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            projection = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Images (batch, inputs, height, width) to (batch, outputs, height/stride, ...)."""
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def resnet(widths: Sequence[int], blocks_per_stage: int, *, groups: int) -> nn.Sequential:
    """A CIFAR-style ResNet for one input channel and ten classes (He et al. 2016, section 4.2)."""
    stem = [same_conv(1, widths[0], groups=groups), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    stages: list[nn.Module] = []
    inputs = widths[0]
    for stage, outputs in enumerate(widths):
        for block in range(blocks_per_stage):
            stride = 2 if stage > 0 and block == 0 else 1
            stages.append(Residual(inputs, outputs, stride, groups))
            inputs = outputs
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10)]
    return nn.Sequential(*stem, *stages, *head)
