"""What a GPU was doing when a block of it was timed, as its driver told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from results.fields import Fields
    from results.record import Block

SET = "clocks set by an operator"
# What makes the clock lower than it was a moment ago, and a block slower than the one before. The
# other reasons are no faults: an idle GPU, and clocks that somebody wanted so.
SLOWING = frozenset(
    {
        "power cap (software)",
        "slowdown (hardware)",
        "thermal (software)",
        "thermal (hardware)",
        "power brake (hardware)",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuState:
    """One reading; None is what the device does not tell."""

    clock_hz: float | None  # of the multiprocessors
    memory_clock_hz: float | None
    temperature_c: float | None
    power_w: float | None  # of the whole GPU; since Ampere a mean of the last second
    reasons: tuple[str, ...]  # why the clock was not higher, faults and others

    @property
    def throttled(self) -> tuple[str, ...]:
        """Why the clock was held down; empty: it was not."""
        return tuple(reason for reason in self.reasons if reason in SLOWING)


def read(fields: Fields) -> GpuState:
    """The state that was stored with a block; RecordError names the key that is wrong."""
    key = "throttled" if fields.has("throttled") else "reasons"  # older runs kept the faults alone
    return GpuState(
        clock_hz=fields.optional_number("clock_hz"),
        memory_clock_hz=fields.optional_number("memory_clock_hz"),
        temperature_c=fields.optional_number("temperature_c"),
        power_w=fields.optional_number("power_w"),
        reasons=fields.texts(key),
    )


def mostly(blocks: Iterable[Block], holds: Callable[[GpuState], bool]) -> bool:
    """Whether something holds in more than half of the blocks; never of those of a CPU."""
    held = [block.gpu is not None and holds(block.gpu) for block in blocks]
    return 2 * sum(held) > len(held)


def held_down_alone(case: Iterable[Block], baseline: Iterable[Block]) -> int:
    """Whose clock was held down in most blocks, while the other's was not.

    Returns:
        1: the case's, -1: the baseline's, 0: of neither alone.
    """
    return _is_held_down(case) - _is_held_down(baseline)


def _is_held_down(blocks: Iterable[Block]) -> bool:
    return mostly(blocks, lambda state: bool(state.throttled))
