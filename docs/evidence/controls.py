"""How often sound controls of a group are doubted by luck, and controls with a bias are found.

Run from the repository's root:

    python docs/evidence/controls.py

Made-up ratios of controls that must be the same, four a scenario as digits-cnn has them: the
logarithm of each process's ratio is the bias and normal luck. Once they are judged as they were
until now, with all other verdicts of their scenario and after six replicates; once among
themselves, after as many replicates as a run takes for them.
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
from results.judging import stats
from results.judging.controls import TWIN, passes
from results.judging.rows import DEFAULT_MARGIN
from results.judging.verdict import CHANGES, verdicts
from scenarios.scenario import Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict

TRIES = 1000
CONTROLS = 4  # of one scenario
EFFORT = effort(Budget())
LUCK = (0.005, 0.01, 0.015)  # standard deviation between processes
BIAS = (0.0, 0.02, 0.03)
OTHERS = [stats.from_logs(math.log(0.5), 0.01, 5.0, 6)] * 40  # verdicts beside them, all changes
HEADERS = ("luck", "bias", "doubted", "now", "all passed", "now")


def ratio(logs: Sequence[float]) -> Ratio:
    """Of these processes, as a run makes it of its replicates."""
    error = float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    return stats.from_logs(float(np.mean(logs)), error, len(logs) - 1.0, len(logs))


def fixed(random: Generator, bias: float, luck: float) -> Ratio:
    """After the replicates that any case may have."""
    return ratio(random.normal(bias, luck, EFFORT.most_replicates).tolist())


def asked_again(random: Generator, bias: float, luck: float) -> Ratio:
    """After further ones until it passes, or until there are no more."""
    logs = random.normal(bias, luck, EFFORT.replicates).tolist()
    while len(logs) < EFFORT.most_of_controls and not passes(TWIN, ratio(logs), DEFAULT_MARGIN):
        logs.append(float(random.normal(bias, luck)))
    return ratio(logs)


def before(random: Generator, bias: float, luck: float) -> list[Verdict]:
    """Judged with all others."""
    controls = [fixed(random, bias, luck) for _ in range(CONTROLS)]
    return verdicts([*controls, *OTHERS], DEFAULT_MARGIN)[:CONTROLS]


def now(random: Generator, bias: float, luck: float) -> list[Verdict]:
    """Judged among themselves."""
    controls = [asked_again(random, bias, luck) for _ in range(CONTROLS)]
    return verdicts(controls, DEFAULT_MARGIN, stats.bonferroni)


def row(luck: float, bias: float) -> list[str]:
    """Of one luck and bias, in percent of the scenarios."""
    random = np.random.default_rng(1)
    ways = [[way(random, bias, luck) for _ in range(TRIES)] for way in (before, now)]
    doubted = [np.mean([any(one.name in CHANGES for one in each) for each in way]) for way in ways]
    passed = [np.mean([all(one.name == "same" for one in each) for each in way]) for way in ways]
    return [f"{share:.1%}" for share in (luck, bias, *doubted, *passed)]


if __name__ == "__main__":
    table = tabulate([row(luck, bias) for luck in LUCK for bias in BIAS], headers=HEADERS)
    sys.stdout.write(table + "\n")
