"""The techniques: one file is one way to make a variant, and its name is the file's name.

A technique's file has

- `OPTIONS`: each option with its default, whose type is the option's type;
- `check(**options) -> None`: ModelError if a value is impossible for any model;
- and one of these two, which says what kind of technique it is:
  - `architecture(before, **options) -> Architecture`: the network is built otherwise, and trained
    from random weights;
  - `apply(module, example, **options) -> None`: trained weights are changed in place, and
    fine-tuned afterwards. `example` is a batch of one. Weights of convolutions and linear layers
    that are exactly zero afterwards stay zero through every later fine-tuning.

Techniques compose from left to right. Those that change the architecture come first, because they
start from random weights. torch is imported inside `apply`: listing techniques must stay cheap.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from models.zoo import Architecture

Scalar = int | float | str | bool


class Technique(Protocol):
    """What every file in this folder offers."""

    OPTIONS: Mapping[str, Scalar]
    check: Callable[..., None]


class ArchitectureTechnique(Technique, Protocol):
    """A technique that builds the network otherwise."""

    architecture: Callable[..., Architecture]


class WeightTechnique(Technique, Protocol):
    """A technique that changes trained weights."""

    apply: Callable[..., None]


def techniques() -> dict[str, dict[str, Scalar]]:
    """Every technique's options with their defaults, by name, without importing torch."""
    return {name: dict(technique_file(name).OPTIONS) for name in _names()}


def technique_file(name: str) -> Technique:
    """The file of one technique."""
    if name not in _names():
        msg = f"unknown technique {name!r}; techniques are {', '.join(_names())}"
        raise ModelError(msg)
    return cast("Technique", importlib.import_module(f"models.techniques.{name}"))


def changes_architecture(name: str) -> bool:
    """Whether a network with this technique is trained anew, rather than fine-tuned."""
    return hasattr(technique_file(name), "architecture")


def _names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem[0] != "_"))
