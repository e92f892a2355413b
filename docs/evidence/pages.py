"""What huge pages do to the luck of processes: the same training many times, with them and without.

Run from the repository's root, on a quiet machine: python docs/evidence/pages.py

Four processes of one nursery train the same network in turns. What differs between them, from
their first step to their last, is which physical pages they got.
"""

from __future__ import annotations

import math
import statistics
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from prepared import artifacts
from tabulate import tabulate

from bench import options
from bench.measuring.group_run import GroupRun
from bench.measuring.scope import RATIOS
from bench.plan import Group
from bench.workers import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.case import Case
    from bench.preparation.artifact import Artifact

SCENARIO = "digits-training"
COPIES = 4
REPLICATES = 4
TUNABLES = "GLIBC_TUNABLES"


def medians_ms(case: Case, artifact: Artifact) -> list[list[float]]:
    """The median block of each process, in milliseconds a step, by replicate."""
    budget = replace(case.scenario.budget, replicates=REPLICATES, seconds_per_case=1.2)
    whole = replace(case, scenario=replace(case.scenario, budget=budget))
    cases = [
        replace(whole, twin=f"copy-{number}", is_baseline=not number) for number in range(COPIES)
    ]
    group = Group(name="copies", cases=tuple(cases), baseline=cases[0])
    with machine.this_machine() as own:
        run = GroupRun(group, {each.id: artifact for each in cases}, own, scope=RATIOS)
        run.run(lambda _number, _case_id: None)
    return [
        [
            1e3
            * statistics.median(
                statistics.mean(block.durations_s)
                for block in tally.blocks
                if block.replicate == number
            )
            for tally in run.tallies.values()
        ]
        for number in range(REPLICATES)
    ]


def luck(by_replicate: list[list[float]]) -> float:
    """Standard deviation of processes around their replicate, relative."""
    variances = [statistics.variance(map(math.log, each)) for each in by_replicate]
    return math.sqrt(statistics.mean(variances))


def main() -> None:
    """Alternate, and print a line for each replicate of either."""
    case, *_ = options.selected_cases(options.Options(scenarios=(SCENARIO,)))
    with machine.this_machine() as own:
        artifact = artifacts([case], own)[case.id]
    real = machine._environment  # noqa: SLF001 - one variable of it is taken away

    def without(threads: int) -> Iterator[tuple[str, str]]:
        return ((name, value) for name, value in real(threads) if name != TUNABLES)

    rows = []
    for pages, environment in (("4 KB", without), ("huge", real)):
        machine._environment = environment  # noqa: SLF001
        found = medians_ms(case, artifact)
        rows += [[pages, *(f"{each:.2f}" for each in by_process)] for by_process in found]
        sys.stderr.write(f"{pages}: processes differ by {luck(found):.1%} (one sigma)\n")
    headers = ["pages", *(f"process {number + 1} (ms)" for number in range(COPIES))]
    sys.stdout.write(tabulate(rows, headers=headers, disable_numparse=True) + "\n")


if __name__ == "__main__":
    main()
