from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results import gpu_state
from results.fields import Fields, RecordError
from results.gpu_state import GpuState
from tests.results.made_up import at_clock, blocks

if TYPE_CHECKING:
    from results.record import Block

POWER, HEAT = "power cap (software)", "thermal (hardware)"
READING = {"clock_hz": 1.98e9, "memory_clock_hz": None, "temperature_c": 41.0, "power_w": None}
EVEN = blocks(1e-3, (1.0,), rounds=4)


def test_of_the_reasons_only_faults_hold_the_clock_down() -> None:
    state = at_clock(EVEN, "idle", POWER, gpu_state.SET, HEAT)[0].gpu
    assert state is not None
    assert state.throttled == (POWER, HEAT)


@pytest.mark.parametrize(
    ("stored", "reasons"),
    [
        ({"reasons": ["idle", POWER]}, ("idle", POWER)),
        ({"reasons": []}, ()),
        ({"throttled": [POWER]}, (POWER,)),  # of a run from before the others were kept
        ({"throttled": []}, ()),
    ],
)
def test_older_runs_are_read_too(stored: dict[str, list[str]], reasons: tuple[str, ...]) -> None:
    read = gpu_state.read(Fields({**READING, **stored}, "gpu"))
    assert read == GpuState(
        clock_hz=1.98e9, memory_clock_hz=None, temperature_c=41.0, power_w=None, reasons=reasons
    )


def test_reasons_must_be_there() -> None:
    with pytest.raises(RecordError, match="gpu: 'reasons' is missing"):
        gpu_state.read(Fields(READING, "gpu"))


def hot(count: int) -> tuple[Block, ...]:
    """Four blocks, the first so many of them throttled."""
    return (*at_clock(EVEN[:count], POWER), *at_clock(EVEN[count:]))


@pytest.mark.parametrize(
    ("case", "baseline", "alone"),
    [
        pytest.param(hot(0), hot(0), 0, id="neither"),
        pytest.param(hot(4), hot(3), 0, id="both"),
        pytest.param(hot(3), hot(2), 1, id="most of the case's"),
        pytest.param(hot(2), hot(3), -1, id="most of the baseline's"),
        pytest.param(at_clock(EVEN, gpu_state.SET), hot(0), 0, id="as an operator wanted"),
        pytest.param(EVEN, EVEN, 0, id="a CPU"),
        pytest.param(hot(4), EVEN, 1, id="a GPU over a CPU"),
        pytest.param((), (), 0, id="nothing measured"),
    ],
)
def test_one_side_alone_is_that_with_most_of_its_blocks_held_down(
    case: tuple[Block, ...], baseline: tuple[Block, ...], alone: int
) -> None:
    assert gpu_state.held_down_alone(case, baseline) == alone


def test_a_block_whose_state_was_not_read_is_not_held_down() -> None:
    unread = [replace(block, gpu=None) for block in EVEN[:2]]
    assert gpu_state.held_down_alone((*unread, *hot(4)[2:]), EVEN) == 0
