"""The ratio of times that much work took, from its amount and from the time of a unit of it."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from statistics import fmean, variance
from typing import TYPE_CHECKING

from results.judging import stats
from results.judging.stats import Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 2  # amounts of a case that have a spread
# The unit that is its own: what is not measured is not scarce and has no luck.
ITSELF = Ratio(value=1.0, low=1.0, high=1.0, p_value=1.0, replicates=sys.maxsize)


def amount_ratio(
    case: Sequence[float], baseline: Sequence[float], grains: tuple[float, float] = (0.0, 0.0)
) -> Ratio | None:
    """Ratio of the amounts alone, however long a unit takes; else as `time_ratio`."""
    return time_ratio(case, baseline, ITSELF, grains)


def time_ratio(
    case: Sequence[float],
    baseline: Sequence[float],
    unit: Ratio,
    grains: tuple[float, float] = (0.0, 0.0),
) -> Ratio | None:
    """Ratio of case over baseline: of their amounts' geometric means, times that of a unit's time.

    On the log scale the three are independent: amounts depend on the seeds alone, and what a unit
    takes on the processes that were timed. So their variances add up, and Student's t has the
    degrees of freedom of Welch (1947) and Satterthwaite (1946), which need no equal variances. What
    rounding hides of the amounts is added, known beforehand and so with endless freedom.

    Args:
        case: amounts of work, one a seed, such as samples until a target; above 0.
        baseline: the same of the baseline.
        unit: time of a unit of work over the baseline's.
        grains: of case and baseline, how much of the work goes by between two looks at whether it
            is done: amounts were rounded up to a multiple of it. 0: they are exact.

    Returns:
        None where one of the three has no spread to judge by, being single.
    """
    unit_error = stats.log_error(unit)
    if unit_error is None or min(len(case), len(baseline)) < FEWEST:
        return None
    logs = [[math.log(amount) for amount in amounts] for amounts in (case, baseline)]
    freedom = unit.freedom or float(unit.replicates - 1)
    parts = [(variance(each) / len(each), float(len(each) - 1)) for each in logs]
    parts.append((unit_error**2, freedom))
    looks = zip((case, baseline), grains, strict=True)
    total = sum(part for part, _ in parts) + sum(rounding(*each) for each in looks)
    luck = sum(part**2 / its_freedom for part, its_freedom in parts)
    if total > 0.0:
        freedom = total**2 / luck if luck > 0.0 else math.inf
    center = fmean(logs[0]) - fmean(logs[1]) + math.log(unit.value)
    replicates = min(len(case), len(baseline), unit.replicates)
    found = stats.from_logs(center, math.sqrt(total), freedom, replicates)
    return replace(found, held_down=unit.held_down)


def is_coarse(ratio: Ratio, amounts: Sequence[Sequence[float]], grains: Sequence[float]) -> bool:
    """Whether most of what is not known of a ratio lies between two looks.

    More amounts narrow the rest, and not that.
    """
    hidden = sum(rounding(*each) for each in zip(amounts, grains, strict=True))
    error = stats.log_error(ratio)
    return error is not None and hidden > error**2 / 2


def rounding(amounts: Sequence[float], grain: float) -> float:
    """Variance of the logarithm that rounding up to a multiple of `grain` hides.

    Of a number that lies anywhere between the last look but one and the last: about a twelfth of
    the square of what lies between them, as a share. Seeds that arrive at one look share that
    error, so it is that of their mean too and is not divided by their number. Where they spread
    over several looks, it is a little too large.

    >>> round(rounding([30.0, 30.0], 10.0), 4)
    0.0136
    """
    end = math.exp(fmean(math.log(amount) for amount in amounts))
    start = max(0.0, 1.0 - grain / end)  # as a share of the end
    if start in (0.0, 1.0):
        return 1.0 - start  # its limits: at the first look, and without any rounding
    return max(0.0, 1.0 - start * (math.log(start) / (1.0 - start)) ** 2)
