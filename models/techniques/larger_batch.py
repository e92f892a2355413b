"""A larger batch, with a learning rate scaled by the same factor (Goyal et al. 2017)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.techniques import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {"times": 4}
REMARK = (
    "a step of a larger batch trains on more samples: its time here is that of as many samples as "
    "the baseline's step has."
)

FEWEST = 2  # once is the batch as it was


def check(*, times: int) -> None:
    """It must become larger."""
    at_least("larger_batch: times", times, FEWEST, OPTIONS["times"])


def training(before: Loop, *, times: int) -> Loop:
    """As many batches of before in one step."""
    return replace(before, times=before.times * times, rate_times=before.rate_times * times)
