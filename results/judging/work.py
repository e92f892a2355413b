"""The ratio of times that much work took, from its amount and from the time of a unit of it."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean, variance
from typing import TYPE_CHECKING

from results.judging import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.stats import Ratio

FEWEST = 2  # amounts of a case that have a spread


def time_ratio(case: Sequence[float], baseline: Sequence[float], unit: Ratio) -> Ratio | None:
    """Ratio of case over baseline: of their amounts' geometric means, times that of a unit's time.

    On the log scale the three are independent: amounts depend on the seeds alone, and what a unit
    takes on the processes that were timed. So their variances add up, and Student's t has the
    degrees of freedom of Welch (1947) and Satterthwaite (1946), which need no equal variances.

    Args:
        case: amounts of work, one a seed, such as samples until a target; above 0.
        baseline: the same of the baseline.
        unit: time of a unit of work over the baseline's.

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
    total = sum(part for part, _ in parts)
    if total > 0.0:
        freedom = total**2 / sum(part**2 / its_freedom for part, its_freedom in parts)
    center = fmean(logs[0]) - fmean(logs[1]) + math.log(unit.value)
    replicates = min(len(case), len(baseline), unit.replicates)
    found = stats.from_logs(center, math.sqrt(total), freedom, replicates)
    return replace(found, held_down=unit.held_down)
