"""All parameters updated together, an operation at a time (torch.optim's `foreach`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}


def check() -> None:
    """Nothing can be wrong."""


def training(before: Loop) -> Loop:
    """The loop of before with that update."""
    return replace(before, update="foreach")
