"""The model families: one file is one family, and its name is the file's name.

A family's file has `INPUT_SHAPE` (one sample, without the batch axis) and
`build(*, width=1.0, groups=1) -> nn.Module`: `width` scales the channels, `groups` makes every
3x3 and 5x5 convolution grouped whose channel counts it divides (every pointwise one, where the
larger ones are depthwise already). torch is imported inside `build`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from types import ModuleType

    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What the architecture techniques of a recipe add up to; the arguments of a family's build."""

    width: float = 1.0  # relative number of channels
    groups: int = 1


def families() -> tuple[str, ...]:
    """Names of all families, by file name, without importing them."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem[0] != "_"))


def input_shape(family: str) -> tuple[int, ...]:
    """Shape of one sample, without the batch axis: (1, 28, 28)."""
    shape: tuple[int, ...] = _file(family).INPUT_SHAPE
    return shape


def assemble(family: str, architecture: Architecture) -> nn.Module:
    """The family's module with random weights, or ModelError if the groups fit no convolution."""
    build = _file(family).build
    module: nn.Module = build(width=architecture.width, groups=architecture.groups)
    wanted = architecture.groups
    if wanted > 1 and _groups(module) == _groups(build(width=architecture.width)):
        msg = (
            f"{family} at width {architecture.width:g}: groups={wanted} divides the channels of "
            "none of its convolutions; choose a divisor of both channel counts of one"
        )
        raise ModelError(msg)
    return module


def _groups(module: nn.Module) -> list[object]:
    """Of each layer that can be grouped, in order."""
    return [layer.groups for layer in module.modules() if hasattr(layer, "groups")]


def _file(family: str) -> ModuleType:
    if family not in families():
        msg = f"unknown model family {family!r}; families are {', '.join(families())}"
        raise ModelError(msg)
    return importlib.import_module(f"models.zoo.{family}")
