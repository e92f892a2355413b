"""What timing each iteration adds to a 50 us inference, against a bare loop in the same process.

Run from the repository's root: python docs/evidence/overhead.py
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.measuring.yardstick import INPUTS
from bench.workers.worker import MOST_ITERATIONS, Bench

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.workers.session import Batch, Call

PAIRS = 400
TARGET_S = 50e-6


class Digest:
    """A session whose call is one library call of about 50 us that holds no Python."""

    asynchronous = False
    facts: dict[str, str] = {}  # noqa: RUF012 - a constant that satisfies Session

    def __init__(self, size_bytes: int) -> None:
        self._data = bytes(size_bytes)

    def bind(self, _batch: Batch) -> Call:
        """One digest."""
        data, sha256 = self._data, hashlib.sha256
        return lambda: sha256(data)

    def outputs(self, _batch: Batch) -> list[NDArray[Any]]:
        """Nothing comes out."""
        return []

    def synchronize(self) -> None:
        """Nothing is left to wait for."""


def bare(call: Call, iterations: int) -> float:
    """Seconds an iteration of a loop that does nothing else."""
    started_s = time.perf_counter()
    for _ in range(iterations):
        call()
    return (time.perf_counter() - started_s) / iterations


def size_for(target_s: float) -> int:
    """How many bytes take so long to digest here."""
    call = Digest(1 << 16).bind({})
    return int((1 << 16) * target_s / min(bare(call, 200) for _ in range(20)))


def main() -> None:
    """Alternate blocks and bare loops, and print the median ratio."""
    session = Digest(size_for(TARGET_S))
    bench, call = Bench(session, INPUTS, 1), session.bind({})
    ratios, plain_s = [], []
    for number in range(PAIRS):
        if number % 2:
            loop_s = bare(call, MOST_ITERATIONS)
        block = bench.block(at_least_s=1.0)
        if not number % 2:
            loop_s = bare(call, MOST_ITERATIONS)
        ratios.append(statistics.fmean(block.durations_s) / loop_s)
        plain_s.append(loop_s)
    low, middle, high = statistics.quantiles(ratios, n=4)
    sys.stdout.write(
        f"bare loop: {statistics.median(plain_s) * 1e6:.1f} us an iteration\n"
        f"block over bare loop: median {middle:.4f}, quartiles {low:.4f} and {high:.4f}, "
        f"{PAIRS} pairs of {MOST_ITERATIONS} iterations\n"
    )


if __name__ == "__main__":
    main()
