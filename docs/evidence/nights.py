"""How often `results compare` calls identical nights changed, and finds a case that got slower.

Run from the repository's root, on runs of one commit, all cases of which can be compared:

    for night in 1 2 3 4 5 6; do pytest bench/ --scenario digits-cnn --benchmark-autosave; done
    python docs/evidence/nights.py latest~5 latest~4 latest~3 latest~2 latest~1 latest

Each pair of them is compared in the order of their dates. For the last columns all times of one
case of the later run are multiplied, one case after the other, and the whole pair is judged anew.
Pairs share runs and cases share their baselines: the counts are of no independent trials.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from tabulate import tabulate

from results import store
from results.judging import stats, timed
from results.judging.verdict import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.change import Change
    from results.record import Block, Record
    from results.store import Run

SLOWDOWNS = (0.02, 0.05, 0.10)
HEADERS = (
    "compared",
    "called changed",
    "1 outside the interval",
    "differ by (rms)",
    "half interval (median)",
)
Pair = tuple["Run", "Run"]


def times(base: Run, head: Run) -> list[Change]:
    """The verdict on the time of each case that was measured in both."""
    return list(timed.changes(base, head, measured_in_both(base, head)))


def measured_in_both(base: Run, head: Run) -> list[Record]:
    """Of the base."""
    after = {each.case.id for each in head.records if each.status == "measured"}
    return [each for each in base.records if each.status == "measured" and each.case.id in after]


def reduced(run: Run) -> Run:
    """The run with each block's level in place of its durations: no verdict uses more of them."""
    return replace(run, records=tuple(_reduced(record) for record in run.records))


def _reduced(record: Record) -> Record:
    return replace(
        record,
        blocks=_levels(record.blocks),
        yardstick_blocks=_levels(record.yardstick_blocks),
    )


def _levels(blocks: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(replace(each, durations_s=(stats.block_level(each),)) for each in blocks)


def slowed(run: Run, case: str, slowdown: float) -> Run:
    """The run with all times of one case longer by this share."""
    return replace(
        run, records=tuple(_slowed(r, slowdown) if r.case.id == case else r for r in run.records)
    )


def _slowed(record: Record, slowdown: float) -> Record:
    longer = tuple(
        replace(block, durations_s=tuple(each * (1.0 + slowdown) for each in block.durations_s))
        for block in record.blocks
    )
    return replace(record, blocks=longer)


def found(pairs: Sequence[Pair], slowdown: float) -> list[Change]:
    """What is said of each case of each pair once it alone is slower."""
    return [
        change
        for base, head in pairs
        for case in [record.case.id for record in measured_in_both(base, head)]
        for change in times(base, slowed(head, case, slowdown))
        if change.case == case
    ]


def table(pairs: Sequence[Pair]) -> str:
    """A line for baselines, which are divided by the yardstick, and one for all other cases."""
    baselines = {r.case.id for run in pairs[0] for r in run.records if r.case.is_baseline}
    identical = [each for pair in pairs for each in times(*pair)]
    later = [found(pairs, slowdown) for slowdown in SLOWDOWNS]
    lines = []
    for name, wanted in (("baselines, over the yardstick", True), ("all others", False)):
        mine, *slower = (
            [each for each in changes if (each.case in baselines) is wanted]
            for changes in (identical, *later)
        )
        lines.append([name, *_line(mine), *map(_share_found, slower)])
    headers = ["", *HEADERS, *(f"{slowdown:.0%} slower found" for slowdown in SLOWDOWNS)]
    return tabulate(lines, headers, disable_numparse=True, tablefmt="github")


def _share_found(changes: Sequence[Change]) -> str:
    return f"{np.mean([each.verdict == 'slower' for each in changes]):.0%}"


def _line(changes: Sequence[Change]) -> Iterator[str]:
    logs = [
        (math.log(c.ratio), math.log(c.low), math.log(c.high))
        for c in changes
        if c.ratio and c.low and c.high
    ]
    yield str(len(changes))
    yield str(sum(each.verdict in CHANGES for each in changes))
    yield f"{np.mean([low > 0.0 or high < 0.0 for _, low, high in logs]):.1%}"
    yield f"{np.sqrt(np.mean([center**2 for center, _, _ in logs])):.2%}"
    yield f"{np.median([(high - low) / 2.0 for _, low, high in logs]):.2%}"


def main() -> None:
    """Print the table of the runs that were named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help=store.SELECTORS)
    runs = [reduced(store.load(store.find(selector))) for selector in parser.parse_args().runs]
    if len(runs) < 2:  # noqa: PLR2004 - a pair
        sys.exit("nothing to compare: name two runs or more")
    sys.stdout.write(table(list(combinations(runs, 2))) + "\n")


if __name__ == "__main__":
    main()
