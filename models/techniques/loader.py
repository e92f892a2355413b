"""Batches fetched by worker processes, pinned and ahead of time (torch's DataLoader)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

# What most programs do, because most data sets do not fit on a device. Both of ours do, so that
# the baseline has them there already.
OPTIONS: Mapping[str, Scalar] = {"workers": 2}


def check(*, workers: int) -> None:
    """None would fetch in the training process itself, which is another thing."""
    if workers < 1:
        msg = f"loader: workers is {workers}, but must be 1 or more; 2 is the default"
        raise ModelError(msg)


def training(before: Loop, *, workers: int) -> Loop:
    """The loop of before, fed by that many processes."""
    return replace(before, workers=workers)
