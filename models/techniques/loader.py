"""Batches fetched by worker processes, pinned and ahead of time (torch's DataLoader)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.techniques import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

# What most programs do, because most data sets do not fit on a device. Both of ours do, so that
# the baseline has them there already.
OPTIONS: Mapping[str, Scalar] = {"workers": 2}


def check(*, workers: int) -> None:
    """None would fetch in the training process itself, which is another thing."""
    at_least("loader: workers", workers, 1, OPTIONS["workers"])


def training(before: Loop, *, workers: int) -> Loop:
    """The loop of before, fed by that many processes."""
    return replace(before, workers=workers)
