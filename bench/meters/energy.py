"""Energy: what the whole GPU uses for an inference and a sample, by its counter, and its power.

NVML's counter moves in steps, every 0.1 s on an H200 (Zeus, issue 181, read 187 J for 327 J over a
short window). So a window begins and ends where it steps. Idle power is part of it, and so are
other programs on the GPU. The mean power is of the same window: what NVML reads as power is a mean
over the last second since Ampere (nvmlDeviceGetPowerUsage), and in a block of 20 ms it would be
that of other cases' turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.workers.worker import Bench

PER_INFERENCE = Metric(name="energy_per_inference_j", unit="J", better="lower")
PER_SAMPLE = Metric(name="energy_j_per_sample", unit="J", better="lower")
POWER = Metric(name="gpu_power_w", unit="W", better="neither")
WINDOW_S = 1.0  # beside the time until the counter steps
LOOK_S = 0.01  # how often it is looked at: by so much a window may be too long or too short
PATIENCE_S = 0.5  # a counter that has not moved by then stands still


def missing(device: str) -> str | None:
    """Only GPUs have a counter that every user may read."""
    return "a CPU's counter is for root alone" if device == "cpu" else None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield joules and watts of one window; nothing where the counter is absent or stands still."""
    before = _run_to_step(bench)
    if before is None:
        return
    iterations, total_s = 0, 0.0
    while total_s < WINDOW_S:
        count, duration_s = bench.window(WINDOW_S - total_s)
        iterations += count
        total_s += duration_s
    after = _run_to_step(bench)
    if after is None:
        return
    iterations += after.iterations
    total_j = after.counter_j - before.counter_j
    used_j = total_j / (iterations * bench.batches_per_call)
    yield Quantity(metric=PER_INFERENCE, value=used_j, n=iterations)
    yield Quantity(metric=PER_SAMPLE, value=used_j / bench.batch_size, n=iterations)
    yield Quantity(metric=POWER, value=total_j / (after.at_s - before.at_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    counter_j: float
    at_s: float  # by the bench's clock, at most LOOK_S after the step
    iterations: int  # that were run until then


def _run_to_step(bench: Bench) -> _Step | None:
    """Run until the counter moves."""
    first_j = _counter_j(bench)
    iterations, total_s = 0, 0.0
    while first_j is not None and total_s < PATIENCE_S:
        count, duration_s = bench.window(LOOK_S)
        iterations += count
        total_s += duration_s
        now_j = _counter_j(bench)
        if now_j is not None and now_j > first_j:
            return _Step(counter_j=now_j, at_s=bench.clock(), iterations=iterations)
    return None


def _counter_j(bench: Bench) -> float | None:
    return bench.seen.gpu.energy_j() if bench.seen else None
