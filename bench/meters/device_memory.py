"""Device memory: what this process has on the GPU, by NVML, and what torch's allocator had in use.

The process's memory holds what torch does not see: the CUDA context, plans and scratch memory of
TensorRT, the arena of ONNX Runtime. Allocators keep what they once had, so that what the process
has at the end is the most that it ever had, as long as nothing was given back on purpose.
Where NVML does not list the process, it is what the device's use had grown by when the process was
warm: since then others of its group have loaded, and the growth would be theirs as well.
Inputs that take turns so that each comes from memory are the bench's and not the case's: what torch
allocated for all but the first batch is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.workers.worker import Bench

PEAK = Metric(name="device_peak_bytes", unit="B", better="lower")
LOADED = Metric(name="device_loaded_bytes", unit="B", better="lower")
ALLOCATOR = Metric(name="device_allocator_peak_bytes", unit="B", better="lower")
# By the engine's own account; others than TensorRT give none.
SCRATCH = Metric(name="engine_scratch_bytes", unit="B", better="lower")
WEIGHTS = Metric(name="engine_weights_bytes", unit="B", better="lower")


def missing(device: str) -> str | None:
    """Only a GPU has memory of its own."""
    return "a CPU has no memory of its own" if device == "cpu" else None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield the process's memory, and that after one inference; the allocator's; the engine's."""
    listed = bench.seen.listed_bytes() if bench.seen else None
    most = listed or bench.warmed_bytes
    found = {PEAK: _own(bench, most, bench.loaded_bytes), LOADED: bench.loaded_bytes}
    if bench.stopwatch:
        found[ALLOCATOR] = _own(bench, bench.stopwatch.peak_bytes(), bench.first_peak_bytes)
    for metric, value in found.items():
        if value:  # 0 is what an allocator says that nobody used
            yield Quantity(metric=metric, value=float(value))
    told: Mapping[str, int] = getattr(bench.session, "memory_bytes", {})
    for metric in (SCRATCH, WEIGHTS):
        if metric.name in told:
            yield Quantity(metric=metric, value=float(told[metric.name]))


def _own(bench: Bench, most_bytes: int | None, first_bytes: int | None) -> int | None:
    """The most that there was, without the inputs in turns, which came after the first inference.

    They may lie where something else had been before them: at that inference there were none.
    """
    if most_bytes is None:
        return None
    return max(most_bytes - bench.rotated_bytes, first_bytes or 0)
