"""What a GPU was doing when a block of it was timed, as its driver told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from results.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuState:
    """One reading; None is what the device does not tell."""

    clock_hz: float | None  # of the multiprocessors
    memory_clock_hz: float | None
    temperature_c: float | None
    power_w: float | None  # of the whole GPU; since Ampere a mean of the last second
    throttled: tuple[str, ...]  # why the clock was held down; empty: it was not


def read(fields: Fields) -> GpuState:
    """The state that was stored with a block; RecordError names the key that is wrong."""
    return GpuState(
        clock_hz=fields.optional_number("clock_hz"),
        memory_clock_hz=fields.optional_number("memory_clock_hz"),
        temperature_c=fields.optional_number("temperature_c"),
        power_w=fields.optional_number("power_w"),
        throttled=fields.texts("throttled"),
    )
