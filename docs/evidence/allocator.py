"""What the allocator does to the speed of processes and to their luck: the same case three ways.

Run from the repository's root, on a quiet machine:

    python docs/evidence/allocator.py
    python docs/evidence/allocator.py fashion-resnet '*/resnet8+dense/eager-fp32/*'

Four processes of one fork server run the same case in turns; what differs between them, from their
first call to their last, is their memory. glibc's own rules, memory that is kept, and huge pages
alternate by replicate. The ratios of their times are no verdicts: they are not
timed in the same rounds.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from dataclasses import replace
from functools import partial
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
    from bench.workers.server_spec import ServerSpec

COPIES = 4
TIMES = 4  # replicates of either kind
TUNABLES = "GLIBC_TUNABLES"
GLIBC = "glibc's own"
RULES = {
    GLIBC: "",
    "kept": machine.KEPT_MEMORY,
    "huge pages": machine.HUGE_PAGES,
}


def medians_ms(case: Case, artifact: Artifact) -> list[float]:
    """The median block of each process of one replicate, in milliseconds a call."""
    budget = replace(case.scenario.budget, replicates=1, seconds_per_case=0.3)
    whole = replace(case, scenario=replace(case.scenario, budget=budget))
    cases = [
        replace(whole, twin=f"copy-{number}", is_baseline=not number) for number in range(COPIES)
    ]
    group = Group(name="copies", cases=tuple(cases), baseline=cases[0])
    with machine.this_machine() as own:
        run = GroupRun(group, {each.id: artifact for each in cases}, own, scope=RATIOS)
        run.run(lambda _number, _case_id: None)
    return [
        1e3 * statistics.median(statistics.mean(block.durations_s) for block in tally.blocks)
        for tally in run.tallies.values()
    ]


def luck(by_replicate: list[list[float]]) -> float:
    """Standard deviation of processes around their replicate, relative."""
    variances = [statistics.variance(map(math.log, each)) for each in by_replicate]
    return math.sqrt(statistics.mean(variances))


def level_ms(by_replicate: list[list[float]]) -> float:
    """Of all processes: the geometric mean."""
    return statistics.geometric_mean(each for replicate in by_replicate for each in replicate)


def measured(case: Case, artifact: Artifact) -> dict[str, list[list[float]]]:
    """The processes of each replicate, by the rules of their allocator, which alternate."""
    real = machine._environment  # noqa: SLF001 - one variable of it is another
    found: dict[str, list[list[float]]] = {rules: [] for rules in RULES}

    def environment(place: ServerSpec, value: str) -> Iterator[tuple[str, str]]:
        return ((name, value if name == TUNABLES else own) for name, own in real(place))

    try:
        for _ in range(TIMES):
            for rules, value in RULES.items():
                machine._environment = partial(environment, value=value)  # noqa: SLF001
                found[rules].append(medians_ms(case, artifact))
    finally:
        machine._environment = real  # noqa: SLF001
    return found


def shown(found: dict[str, list[list[float]]]) -> str:
    """Every process, and what they come to."""
    headers = ["memory", *(f"process {number + 1} (ms)" for number in range(COPIES))]
    rows = [
        [rules, *(f"{each:.3f}" for each in processes)]
        for rules, replicates in found.items()
        for processes in replicates
    ]
    own = level_ms(found[GLIBC])
    lines = [
        f"{rules}: {level_ms(each) / own:.2f} times the time, processes differ by {luck(each):.1%}"
        for rules, each in found.items()
    ]
    return "\n".join([tabulate(rows, headers=headers, disable_numparse=True), *lines])


def main() -> None:
    """A table for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="digits-training")
    parser.add_argument("case", nargs="*", default=["*+dense/train_eager-fp32/b32"])
    given = parser.parse_args()
    asked = options.Options(scenarios=(given.scenario,), cases=tuple(given.case))
    cases = [case for case in options.selected_cases(asked) if not case.twin]
    with machine.this_machine() as own:
        made = artifacts(cases, own)
    for case in cases:
        sys.stdout.write(f"{case.id}\n{shown(measured(case, made[case.id]))}\n\n")


if __name__ == "__main__":
    main()
