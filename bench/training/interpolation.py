"""What a training has learnt at a moment, which mostly lies between two looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.learning import Curve


def accuracy_at(curve: Curve, samples: float) -> float | None:
    """Held-out accuracy, 0 to 1, after so many samples; None before the first look.

    On the straight line between the looks around it; after the last look, what that one found. The
    last look before it alone would drop a quarter of an epoch for a moment that is a hair too
    early: of equal trainings, one whose steps were measured 0.01 % slower would not be there.
    """
    if curve.accuracy_after(samples) is None:
        return None
    return float(np.interp(samples, curve.samples, curve.accuracies))
