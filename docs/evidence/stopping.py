"""How often an interval holds the truth, where measuring ends early because it is narrow.

Run from the repository's root, one to two minutes:

    python docs/evidence/stopping.py

Made-up processes of identical code, whose ratio is 1: the logarithm of each one's ratio is luck.
The effort, the rule that ends the measuring, and the interval are those of a run. Beside them
stands what as many processes give whose number was settled beforehand.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from tabulate import tabulate

from bench.measuring.budget import effort
from bench.measuring.tally import is_narrow
from results.judging import stats
from results.judging.rows import DEFAULT_MARGIN
from results.judging.verdict import CHANGES, verdicts
from scenarios.scenario import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from results.judging.stats import Ratio

    Draw = Callable[[Generator], float]

TRIES = 2000
LUCK = (0.005, 0.01, 0.015, 0.02)  # standard deviation between processes
BUDGETS = tuple(
    Budget(replicates=replicates, seconds_per_case=seconds)
    for replicates, seconds in ((5, 2.0), (5, 8.0), (3, 8.0), (12, 4.0))
)
SKEW = 0.8  # of the lognormal one
MEAN = math.exp(SKEW**2 / 2)
KINDS: dict[str, Draw] = {  # of mean 0 and standard deviation 1
    "normal": lambda random: float(random.normal()),
    "heavy tails (t, 3)": lambda random: float(random.standard_t(3)) / math.sqrt(3.0),
    "skewed (lognormal)": lambda random: (
        (float(random.lognormal(0.0, SKEW)) - MEAN) / (MEAN * math.sqrt(math.expm1(SKEW**2)))
    ),
}
HEADERS = ("luck", "planned", "at most", "deviation", "used")
JUDGED = ("held", "held if fixed", "called changed")


def ratio(logs: list[float]) -> Ratio:
    """Of these processes, as a run makes it of its replicates."""
    error = float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    return stats.from_logs(float(np.mean(logs)), error, len(logs) - 1.0, len(logs))


def stopped(draw: Callable[[], float], budget: Budget) -> Ratio:
    """After the planned processes, and as many more as the rule asks for."""
    plan = effort(budget)
    logs = [draw() for _ in range(plan.replicates)]
    while len(logs) < plan.most_replicates and not is_narrow(ratio(logs), budget.target_width):
        logs.append(draw())
    return ratio(logs)


def holds(found: Ratio) -> bool:
    """Whether the interval holds the true ratio."""
    return found.low is not None and found.high is not None and found.low <= 1.0 <= found.high


def row(kind: str, budget: Budget, luck: float) -> list[str]:
    """Of one kind of luck, budget and spread."""
    random = np.random.default_rng(1)

    def draw() -> float:
        return luck * KINDS[kind](random)

    found = [stopped(draw, budget) for _ in range(TRIES)]
    fixed = [ratio([draw() for _ in range(one.replicates)]) for one in found]
    called = [verdicts([one], DEFAULT_MARGIN)[0].name in CHANGES for one in found]
    shares = (np.mean([holds(one) for one in each]) for each in (found, fixed))
    used = np.mean([one.replicates for one in found])
    plan = effort(budget)
    return [
        kind,
        str(plan.replicates),
        str(plan.most_replicates),
        f"{luck:.1%}",
        f"{used:.1f}",
        *(f"{share:.1%}" for share in (*shares, np.mean(called))),
    ]


if __name__ == "__main__":
    rows = [row(kind, budget, luck) for kind in KINDS for budget in BUDGETS for luck in LUCK]
    sys.stdout.write(tabulate(rows, headers=(*HEADERS, *JUDGED), disable_numparse=True) + "\n")
