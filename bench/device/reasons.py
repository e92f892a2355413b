"""Why a GPU's clock is not higher: NVML's "clocks event reasons", by name.

The bits are those of nvml.h ("nvmlClocksEventReasons"; before driver 535 "ThrottleReasons"). Which
of them are faults, results/gpu_state.py knows.
"""

from __future__ import annotations

from results.gpu_state import SET

NAMES = {
    0x001: "idle",
    0x002: SET,
    0x004: "power cap (software)",
    0x008: "slowdown (hardware)",
    0x010: "kept equal with other GPUs",
    0x020: "thermal (software)",
    0x040: "thermal (hardware)",
    0x080: "power brake (hardware)",
    0x100: "display's clock",
}


def names(bits: int) -> tuple[str, ...]:
    """The reasons among these bits, in their order.

    >>> names(0x001 | 0x004 | 0x040)
    ('idle', 'power cap (software)', 'thermal (hardware)')
    """
    return tuple(name for bit, name in NAMES.items() if bits & bit)
