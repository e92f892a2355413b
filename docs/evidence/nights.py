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
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from tabulate import tabulate

from results import store
from results.judging import stats, timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.comparing.change import Change, Name
    from results.record import Block, Record
    from results.store import Run

SLOWDOWNS = (0.02, 0.05, 0.10)
CHANGED = ("faster", "slower")
Pair = tuple["Run", "Run"]


def times(base: Run, head: Run) -> list[Change]:
    """The verdict on the time of each case that was measured in both."""
    measured = {each.case.id for each in head.records if each.status == "measured"}
    shared = [each for each in base.records if each.case.id in measured]
    return list(timed.changes(base, head, shared))


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


def found(pairs: Sequence[Pair], slowdown: float) -> dict[str, list[Name]]:
    """By case: what is said of it in each pair once it alone is slower."""
    said: dict[str, list[Name]] = defaultdict(list)
    for base, head in pairs:
        for case in [each.case for each in times(base, head)]:
            later = {each.case: each.verdict for each in times(base, slowed(head, case, slowdown))}
            said[case].append(later[case])
    return said


def table(pairs: Sequence[Pair]) -> str:
    """A line for baselines, which are divided by the yardstick, and one for all other cases."""
    baselines = {r.case.id for run in pairs[0] for r in run.records if r.case.is_baseline}
    identical = [each for pair in pairs for each in times(*pair)]
    said = [found(pairs, slowdown) for slowdown in SLOWDOWNS]
    lines = []
    for name, wanted in (("baselines, over the yardstick", True), ("all others", False)):
        mine = [each for each in identical if (each.case in baselines) is wanted]
        slower = [
            [
                verdict
                for case, all_of in one.items()
                if (case in baselines) is wanted
                for verdict in all_of
            ]
            for one in said
        ]
        lines.append(
            [
                name,
                *_line(mine),
                *(f"{all_of.count('slower') / len(all_of):.0%}" for all_of in slower),
            ]
        )
    headers = [
        "",
        "compared",
        "called changed",
        "1 outside the interval",
        "differ by (rms)",
        "half interval (median)",
    ]
    return tabulate(
        lines,
        [*headers, *(f"{s:.0%} slower found" for s in SLOWDOWNS)],
        disable_numparse=True,
        tablefmt="github",
    )


def _line(changes: Sequence[Change]) -> Iterator[str]:
    logs = [
        (math.log(c.ratio), math.log(c.low), math.log(c.high))
        for c in changes
        if c.ratio and c.low and c.high
    ]
    yield str(len(changes))
    yield str(sum(each.verdict in CHANGED for each in changes))
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
