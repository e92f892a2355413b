"""One cycle of the learning rate, up to a peak and down to nothing (Smith & Topin 2018)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.techniques import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.loop import Loop
    from models.techniques import Scalar

# Training ends with the cycle: most of the accuracy comes in its last part, where the rate falls.
OPTIONS: Mapping[str, Scalar] = {"epochs": 5, "peak": 4.0}


def check(*, epochs: int, peak: float) -> None:
    """There must be a cycle, and a rate to go up to."""
    at_least("one_cycle: epochs", epochs, 1, OPTIONS["epochs"])
    if not 0 < peak < float("inf"):
        msg = (
            f"one_cycle: peak is {peak}, but must be more than 0: the highest learning rate over "
            "the scenario's, such as 4.0"
        )
        raise ModelError(msg)


def training(before: Loop, *, epochs: int, peak: float) -> Loop:
    """The rate of before, times `peak` at its highest."""
    return replace(before, cycle_epochs=epochs, rate_times=before.rate_times * peak)
