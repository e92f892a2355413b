"""Energy: what the whole GPU uses for an inference and for a sample, by its own counter, in joules.

NVML's counter moves every few dozen milliseconds at best: over short windows it is off by half
(Zeus, issue 181: 187 J for 327 J). Idle power is part of it, and so are other programs on the GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.worker import Bench

PER_INFERENCE = Metric(name="energy_per_inference_j", unit="J", better="lower")
PER_SAMPLE = Metric(name="energy_j_per_sample", unit="J", better="lower")
WINDOW_S = 2.0  # long against 0.1 s, the slowest step of the counter that was reported


def missing(device: str) -> str | None:
    """Only GPUs have a counter that every user may read."""
    return "a CPU's counter is for root alone" if device == "cpu" else None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield joules over one window; nothing where the counter is absent or stood still."""
    before_j = bench.seen.gpu.energy_j() if bench.seen else None
    if bench.seen is None or before_j is None:
        return
    iterations, total_s = 0, 0.0
    while total_s < WINDOW_S:
        count, duration_s = bench.window(WINDOW_S - total_s)
        iterations += count
        total_s += duration_s
    after_j = bench.seen.gpu.energy_j()
    if after_j is None or after_j <= before_j:
        return
    used_j = (after_j - before_j) / (iterations * bench.batches_per_call)
    yield Quantity(metric=PER_INFERENCE, value=used_j, n=iterations)
    yield Quantity(metric=PER_SAMPLE, value=used_j / bench.batch_size, n=iterations)
