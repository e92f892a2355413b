"""Traps of timing one process: what a naive loop reads, and what ours reads instead."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import plan
from bench.measuring import assemble
from bench.measuring.group_run import GroupRun
from bench.preparation.user_inputs import make
from bench.workers import requests
from bench.workers.warm_up import warm_up
from bench.workers.worker import Bench
from results.record import Block
from scenarios.scenario import Inputs, TensorSpec
from tests.bench.fakes import FakeClock, ScriptedSession, scored
from tests.bench.runs import planned
from tests.bench.world import World, made_up
from tests.honesty.device import LAUNCH_S, ROUND_TRIP_S, Device, DeviceSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.preparation.inputs import InputSet
    from bench.workers.session import Batch

BLOCK_S = 0.02
ITERATIONS = 100
IMAGES = TensorSpec(shape=("batch", 1, 8, 8), dtype="float32", low=None, high=None)


def ours(device: Device, session: DeviceSession, inputs: InputSet) -> float:
    """What a block of the suite says an iteration takes."""
    return fmean(Bench(session, inputs, 1, device.clock).block(BLOCK_S).durations_s)


def naive(device: Device, session: DeviceSession, batch: Batch, *, wait: bool) -> float:
    """What a loop round one call says, with or without waiting for the device at each turn."""
    call = session.bind(batch)
    durations_s = []
    for _ in range(ITERATIONS):
        started_s = device.clock()
        call()
        if wait:
            session.synchronize()
        durations_s.append(device.clock() - started_s)
    return fmean(durations_s)


def test_without_synchronising_the_launch_is_timed_and_not_the_work() -> None:
    """Trap: no synchronisation round an asynchronous engine."""
    device = Device()
    session = DeviceSession(device, lambda _: 1e-3)
    wrong = naive(device, session, scored().batch(0, 1), wait=False)
    assert wrong == pytest.approx(LAUNCH_S)  # a millisecond of work reads as two microseconds
    session.synchronize()
    assert ours(device, session, scored()) == pytest.approx(1e-3, rel=0.01)


def test_synchronising_each_iteration_reports_its_round_trip_as_kernel_time() -> None:
    """Trap: one synchronisation an iteration; flashinfer-bench read a 4 us kernel as 51 us."""
    device = Device()
    session = DeviceSession(device, lambda _: 4e-6)
    wrong = naive(device, session, scored().batch(0, 1), wait=True)
    assert wrong == pytest.approx(LAUNCH_S + 4e-6 + ROUND_TRIP_S)  # 51 us
    assert ours(device, session, scored()) == pytest.approx(4e-6, rel=0.05)


def test_the_same_input_over_and_over_is_hot_in_the_cache() -> None:
    """Trap: inputs hot by accident read up to 1.6 times too fast."""
    device, last = Device(), [0]

    def kernel_s(batch: Batch) -> float:
        is_hot = last[0] == id(batch)
        last[0] = id(batch)
        return 1e-3 if is_hot else 1.6e-3

    session = DeviceSession(device, kernel_s)
    assert naive(device, session, scored().batch(0, 1), wait=True) < 1.1e-3
    assert ours(device, session, scored()) == pytest.approx(1.6e-3, rel=0.01)


def easier_on_zeros(batch: Batch) -> float:
    """Seconds of a kernel that works 13 % faster on zeros, as an H200's matrix products do."""
    busy = np.mean([np.count_nonzero(array) / array.size for array in batch.values()])
    return 1e-3 * float(1.0 - 0.13 * (1.0 - busy))


def test_zeros_as_inputs_are_faster_than_any_data_and_are_never_fed() -> None:
    """Trap: zeros as inputs, which hardware multiplies faster than data."""
    device = Device()
    session = DeviceSession(device, easier_on_zeros)
    zeros = {"image": np.zeros((1, 1, 8, 8), np.float32)}
    wrong = naive(device, session, zeros, wait=True) - ROUND_TRIP_S - LAUNCH_S
    assert wrong == pytest.approx(0.87e-3)
    unsaid = Inputs(npz=None, samples=16, seed=0, tensors={})  # what a user's model gets unasked
    inputs = make(unsaid, {"image": IMAGES})
    assert np.count_nonzero(inputs.arrays["image"]) == inputs.arrays["image"].size
    assert ours(device, session, inputs) == pytest.approx(1e-3, rel=0.01)


@pytest.fixture
def record_of(tmp_path: Path) -> Callable[[Bench], list[str]]:
    """The notes of a case's record, warmed up as this bench shows."""
    world = World(tmp_path)
    (group, *_) = plan.groups(planned(tmp_path))
    artifact = made_up(group.baseline, world.folder)
    run = GroupRun(group, {group.baseline.id: artifact}, world.machine())

    def notes(bench: Bench) -> list[str]:
        warmed = warm_up(bench.window)
        loaded = requests.Loaded(facts={}, load_s=1.0, first_inference_s=1.0, warm_up=warmed)
        run.baseline.started(0, loaded)
        timed = bench.block(BLOCK_S)
        run.baseline.blocks.append(
            Block(
                replicate=0,
                round=0,
                position=0,
                iterations=timed.iterations,
                durations_s=timed.durations_s,
            )
        )
        return list(assemble.record(run.baseline, run).notes)

    return notes


def test_what_is_not_warm_at_the_cap_of_warm_up_is_reported(
    record_of: Callable[[Bench], list[str]],
) -> None:
    """Trap: a fixed number of warm-up calls, after which the first times still fall unnoticed."""
    clock = FakeClock()
    falling = ScriptedSession(clock, lambda call: 0.001 + 0.050 * 0.97**call)
    call = falling.bind(scored().batch(0, 1))
    for _ in range(10):  # the usual ten, and then five that are averaged
        call()
    started_s = clock()
    for _ in range(5):
        call()
    assert (clock() - started_s) / 5 > 20 * 0.001  # twenty times the steady state, and no word
    slow = ScriptedSession(clock, lambda call: 0.300 * 0.95**call)
    assert record_of(Bench(slow, scored(), 1, clock)) == [
        "not steady at the cap of warm-up in 1 of 1 processes"
    ]


def test_what_gets_warm_in_time_is_measured_warm_and_has_no_note(
    record_of: Callable[[Bench], list[str]],
) -> None:
    clock = FakeClock()
    falling = ScriptedSession(clock, lambda call: 0.001 + 0.050 * 0.7**call)
    bench = Bench(falling, scored(), 1, clock)
    assert record_of(bench) == []
    assert fmean(bench.block(BLOCK_S).durations_s) == pytest.approx(0.001, rel=0.01)
