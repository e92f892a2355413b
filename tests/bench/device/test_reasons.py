from __future__ import annotations

import pynvml
import pytest

from bench.device import reasons


@pytest.mark.parametrize(
    ("bits", "found"),
    [
        (0, ()),
        (0x1 | 0x2 | 0x10 | 0x100, ()),  # idle, or as somebody wanted it
        (0x4, ("power cap (software)",)),
        (0x8 | 0x40, ("slowdown (hardware)", "thermal (hardware)")),
        (0x20 | 0x80, ("thermal (software)", "power brake (hardware)")),
    ],
)
def test_only_what_slows_work_down_is_throttling(bits: int, found: tuple[str, ...]) -> None:
    assert reasons.throttling(bits) == found


def test_the_bits_are_those_of_the_library() -> None:
    assert max(reasons.NAMES) == pynvml.nvmlClocksEventReasonDisplayClockSetting
    slow = (
        pynvml.nvmlClocksEventReasonSwPowerCap
        | pynvml.nvmlClocksEventReasonHwSlowdown
        | pynvml.nvmlClocksEventReasonSwThermalSlowdown
        | pynvml.nvmlClocksEventReasonHwThermalSlowdown
        | pynvml.nvmlClocksEventReasonHwPowerBrakeSlowdown
    )
    assert slow == reasons.THROTTLING
