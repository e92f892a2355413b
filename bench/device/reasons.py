"""Why a GPU's clock is not higher: NVML's "clocks event reasons", by name.

The bits are those of nvml.h ("nvmlClocksEventReasons"; before driver 535 "ThrottleReasons"). Not
every reason is a fault: an idle GPU, and clocks that an operator has set, are as they should be.
"""

from __future__ import annotations

NAMES = {
    0x001: "idle",
    0x002: "clocks set by an operator",
    0x004: "power cap (software)",
    0x008: "slowdown (hardware)",
    0x010: "kept equal with other GPUs",
    0x020: "thermal (software)",
    0x040: "thermal (hardware)",
    0x080: "power brake (hardware)",
    0x100: "display's clock",
}
# What makes the clock lower than it was a moment ago, and a block slower than the one before.
THROTTLING = 0x004 | 0x008 | 0x020 | 0x040 | 0x080


def throttling(bits: int) -> tuple[str, ...]:
    """The reasons among these bits that slow work down, in the order of their bits.

    >>> throttling(0x001 | 0x004 | 0x040)
    ('power cap (software)', 'thermal (hardware)')
    """
    return tuple(name for bit, name in NAMES.items() if bits & bit & THROTTLING)
