"""The suite's times of a GPU beside those of triton.testing.do_bench, in turns in one process.

Run from the repository's root, on a machine with a GPU:

    python docs/evidence/do_bench.py SCENARIO [--case GLOB ...]

Both time each call by a pair of CUDA events and take the median. do_bench clears the L2 cache
before each call, which also keeps the device busy while the host launches the next one; the suite
rotates its inputs and queues calls back to back, so that a host that launches more slowly than the
device works is in its times. Cases whose device is the slower of the two must agree.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from tabulate import tabulate

from bench import options, registry
from bench.preparation.inputs import InputSet
from bench.preparation.preparing import prepare_all
from bench.workers.machine import this_machine
from bench.workers.session import Unavailable
from bench.workers.worker import Bench

if TYPE_CHECKING:
    from bench.case import Case
    from bench.preparation.artifact import Artifact

TURNS = 11
BLOCK_S = 0.1


def ratios(case: Case, artifact: Artifact) -> tuple[float, list[float]]:
    """Microseconds a call by the suite, and for each turn its median over do_bench's."""
    import torch
    from triton.testing import do_bench  # type: ignore[import-not-found,import-untyped,unused-ignore]

    session = registry.engine(case.engine).load(artifact, case.target)
    bench = Bench(session, InputSet.load(Path(artifact.inputs)), case.batch_size)
    call = session.bind(bench.inputs.batch(0, case.batch_size))
    bench.first()
    bench.window(BLOCK_S)
    ours_s, found = [], []
    for turn in range(TURNS):
        if turn % 2:
            other_s = do_bench(call, return_mode="median") / 1e3
        block_s = statistics.median(bench.block(BLOCK_S).durations_s)
        if not turn % 2:
            other_s = do_bench(call, return_mode="median") / 1e3
        ours_s.append(block_s)
        found.append(block_s / other_s)
    del session, bench, call
    torch.cuda.empty_cache()
    return statistics.median(ours_s) * 1e6, found


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--case", action="append", default=[])
    given = parser.parse_args()
    asked = options.Options(scenarios=(given.scenario,), cases=tuple(given.case), device="cuda:0")
    cases = options.selected_cases(asked)
    with this_machine() as machine:
        prepared = prepare_all(cases, machine, lambda _what, _share: None)
    rows = []
    for case in cases:
        artifact = prepared[case.id].artifact
        if artifact is None:
            continue
        try:
            own_us, found = ratios(case, artifact)
        except Unavailable as reason:
            sys.stderr.write(f"{case.id}: {reason}\n")
            continue
        low, middle, high = statistics.quantiles(found, n=4)
        rows.append([case.id, f"{own_us:.1f}", f"{middle:.3f}", f"{low:.3f} to {high:.3f}"])
        sys.stderr.write(f"{rows[-1]}\n")
    headers = ["case", "the suite (µs)", "over do_bench", "quartiles"]
    sys.stdout.write(tabulate(rows, headers=headers, disable_numparse=True) + "\n")


if __name__ == "__main__":
    main()
