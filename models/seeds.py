"""Test accuracies of training anew with other seeds: how much of a difference is luck."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from models.files import SEEDS, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.files import Weights

CONFIDENCE = 0.95  # of every interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of two means of accuracies; positive if the first is higher."""

    mean: float
    low: float  # 95 % interval
    high: float


def accuracies(weights: Weights) -> dict[int, float]:
    """Test accuracy by seed, that of the weights themselves included; none without labels."""
    if weights.accuracy is None:
        return {}
    stored = json.loads(weights.path.with_suffix(".json").read_text()).get(SEEDS, {})
    found = {int(seed): float(accuracy) for seed, accuracy in stored.items()}
    return dict(sorted((found | {_own_seed(weights): weights.accuracy}).items()))


def add(weights: Weights, seed: int, accuracy: float) -> None:
    """Write into the JSON file beside the weights what training with another seed gave."""
    path = weights.path.with_suffix(".json")
    known = accuracies(weights) | {seed: accuracy}
    how = json.loads(path.read_text()) | {SEEDS: {str(one): known[one] for one in sorted(known)}}
    replace(path, (json.dumps(how, indent=2) + "\n").encode())


def spread(weights: Weights) -> str:
    """How many seeds are known, with mean and standard deviation: "3: 90.7 ± 0.2 %", or "1".

    "none" without labels: weights that were never tested have no accuracy to vary.
    """
    values = list(accuracies(weights).values())
    if len(values) <= 1:
        return str(len(values) or "none")
    return f"{len(values)}: {100 * fmean(values):.1f} ± {100 * stdev(values):.1f} %"


def difference(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """Welch's interval for the difference of two means (variances need not be equal, Welch 1947).

    None without two values of each, and where neither side varies: few seeds of one accuracy do not
    say that there is no luck, and an interval that is a point would.
    """
    from scipy import stats  # late: listing commands must not wait for it

    if min(len(first), len(second)) < 2:  # noqa: PLR2004 - one value has no spread
        return None
    if len({*first}) == len({*second}) == 1:
        return None
    mean = fmean(first) - fmean(second)
    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(CONFIDENCE)
    return Difference(mean=mean, low=float(interval.low), high=float(interval.high))


def _own_seed(weights: Weights) -> int:
    return int(weights.how.get("seed", 0))
