"""Each batch passed in parts, whose gradients are added: the same step in less memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.techniques import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {"steps": 2}

FEWEST = 2  # one part is the batch as it was


def check(*, steps: int) -> None:
    """There must be parts; whether a batch divides into them depends on its size."""
    at_least("accumulate: steps", steps, FEWEST, OPTIONS["steps"])


def training(before: Loop, *, steps: int) -> Loop:
    """The loop of before with each batch in so many equal parts."""
    return replace(before, accumulate=before.accumulate * steps)
