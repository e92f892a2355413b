"""What the states of a case's blocks come to: clocks and temperature, and what to note."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from results import gpu_state
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from results.gpu_state import GpuState
    from results.record import Block

CLOCK = Metric(name="gpu_clock_hz", unit="1/s", better="neither")
MEMORY_CLOCK = Metric(name="gpu_memory_clock_hz", unit="1/s", better="neither")
TEMPERATURE = Metric(name="gpu_temperature_c", unit="C", better="neither")


def quantities(blocks: Sequence[Block]) -> Iterator[Quantity]:
    """Yield the medians over blocks, with the least and the greatest as their limits."""
    states = [block.gpu for block in blocks if block.gpu is not None]
    readings: dict[Metric, Callable[[GpuState], float | None]] = {
        CLOCK: lambda state: state.clock_hz,
        MEMORY_CLOCK: lambda state: state.memory_clock_hz,
        TEMPERATURE: lambda state: state.temperature_c,
    }
    for metric, read in readings.items():
        yield from _quantity(metric, map(read, states))


def _quantity(metric: Metric, readings: Iterable[float | None]) -> Iterator[Quantity]:
    values = [value for value in readings if value is not None]
    if values:
        low, high = min(values), max(values)
        yield Quantity(metric=metric, value=median(values), low=low, high=high, n=len(values))


def notes(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield a line where blocks were throttled: they are kept, and stand in the interval."""
    held = [block.gpu.throttled for block in blocks if block.gpu and block.gpu.throttled]
    if held:
        causes = Counter(cause for each in held for cause in each)
        why = ", ".join(f"{name} in {count}" for name, count in sorted(causes.items()))
        yield f"the GPU's clock was held down in {len(held)} of {len(blocks)} blocks: {why}"


def facts(blocks: Sequence[Block]) -> dict[str, str]:
    """What of the clocks makes runs unlike: that, in most blocks, an operator had set them."""
    is_set = gpu_state.mostly(blocks, lambda state: gpu_state.SET in state.reasons)
    return {"gpu_clocks": "set by an operator"} if is_set else {}
