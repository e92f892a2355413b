from __future__ import annotations

import pynvml
import pytest

from bench.device import reasons
from results.gpu_state import SET, SLOWING


@pytest.mark.parametrize(
    ("bits", "found"),
    [
        (0, ()),
        (0x1 | 0x10, ("idle", "kept equal with other GPUs")),
        (0x2 | 0x4, ("clocks set by an operator", "power cap (software)")),
        (0x8 | 0x40, ("slowdown (hardware)", "thermal (hardware)")),
        (0x20 | 0x80 | 0x100, ("thermal (software)", "power brake (hardware)", "display's clock")),
        (1 << 40, ()),  # of a later driver
    ],
)
def test_each_bit_has_its_name(bits: int, found: tuple[str, ...]) -> None:
    assert reasons.names(bits) == found


def test_the_bits_are_those_of_the_library() -> None:
    assert max(reasons.NAMES) == pynvml.nvmlClocksEventReasonDisplayClockSetting
    assert reasons.names(pynvml.nvmlClocksEventReasonApplicationsClocksSetting) == (SET,)
    slow = (
        pynvml.nvmlClocksEventReasonSwPowerCap
        | pynvml.nvmlClocksEventReasonHwSlowdown
        | pynvml.nvmlClocksEventReasonSwThermalSlowdown
        | pynvml.nvmlClocksEventReasonHwThermalSlowdown
        | pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown
    )
    assert set(reasons.names(slow)) == SLOWING
