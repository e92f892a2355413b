"""Weights with the channels innermost in memory, as vector units and tensor cores read images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques import Needs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}
NEEDS = Needs(form="module")  # engines that read ONNX choose their own layout


def check() -> None:
    """Nothing can be wrong."""


def deploy(module: nn.Module) -> nn.Module:
    """The module in channels-last format; a convolution with such weights hands it on."""
    import torch

    moved: nn.Module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def before_training(module: nn.Module, images: Tensor) -> nn.Module:  # noqa: ARG001 - of the kind
    """The same of a network that is to be trained."""
    return deploy(module)
