"""CPU time: what the process burns per sample across all its cores, in seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.workers.worker import Bench

CPU_TIME = Metric(name="cpu_s_per_sample", unit="s", better="lower")
WINDOW_S = 0.1  # long against the 1e-7 s that process_time resolves


def missing(_device: str) -> str | None:
    """Never missing: every process has a CPU clock."""
    return None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield the CPU seconds of one pass over all threads, divided by the samples in it."""
    started_s = time.process_time()
    iterations, _ = bench.window(WINDOW_S)
    cpu_s = time.process_time() - started_s
    samples = iterations * bench.batches_per_call * bench.batch_size
    yield Quantity(metric=CPU_TIME, value=cpu_s / samples, n=iterations)
