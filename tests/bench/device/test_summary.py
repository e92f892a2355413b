from __future__ import annotations

from bench.device import summary
from results.gpu_state import GpuState
from results.record import Block


def block(clock_hz: float | None, *reasons: str, is_read: bool = True) -> Block:
    state = GpuState(
        clock_hz=clock_hz,
        memory_clock_hz=None,
        temperature_c=60.0,
        power_w=479.0,
        reasons=reasons,
    )
    return Block(
        replicate=0,
        round=0,
        position=0,
        iterations=1,
        durations_s=(1.0,),
        gpu=state if is_read else None,
    )


BLOCKS = [
    block(1.9e9),
    block(1.7e9, "clocks set by an operator", "power cap (software)"),
    block(1.5e9, "power cap (software)", "thermal (hardware)"),
    block(None, is_read=False),
]


def test_clocks_are_the_median_between_the_least_and_the_greatest() -> None:
    clock, temperature = summary.quantities(BLOCKS)
    assert (clock.metric.name, clock.value, clock.low, clock.high, clock.n) == (
        "gpu_clock_hz",
        1.7e9,
        1.5e9,
        1.9e9,
        3,
    )
    assert temperature.metric.name == "gpu_temperature_c"
    assert clock.metric.better == "neither"


def test_the_power_that_nvml_reads_is_no_cases_power() -> None:
    """It is a mean of the last second, and a block is 20 ms of one case."""
    names = {quantity.metric.name for quantity in summary.quantities(BLOCKS)}
    assert names == {"gpu_clock_hz", "gpu_temperature_c"}


def test_throttled_blocks_are_counted_with_their_causes() -> None:
    (note,) = summary.notes(BLOCKS)
    assert note == (
        "the GPU's clock was held down in 2 of 4 blocks: "
        "power cap (software) in 2, thermal (hardware) in 1"
    )


def test_a_steady_gpu_and_a_cpu_have_nothing_to_note() -> None:
    assert list(summary.notes([block(1.9e9), block(None, is_read=False)])) == []
    assert list(summary.quantities([block(None, is_read=False)])) == []


def test_that_an_operator_has_set_the_clocks_is_a_fact_where_it_shows_in_most_blocks() -> None:
    is_set = block(1.5e9, "clocks set by an operator")
    for blocks, facts in (
        ([is_set, block(1.9e9), is_set], {"gpu_clocks": "set by an operator"}),
        ([is_set, block(1.9e9)], {}),
        ([is_set, block(None, is_read=False)], {}),
        ([block(1.5e9, "power cap (software)")], {}),
    ):
        assert summary.facts(blocks) == facts
