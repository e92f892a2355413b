from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.device import queued
from bench.preparation.artifact import Artifact, RecipeFields
from bench.preparation.inputs import InputSet
from bench.runtimes import torch_session
from bench.workers import worker
from bench.workers.requests import Load, LoadYardstick, Measure
from bench.workers.target import Target
from models import files
from tests.bench.fake_cuda import BLOCK_BYTES, FakeCuda
from tests.bench.fakes import TICK_S, FakeClock, Requests, ScriptedSession, scored
from tests.bench.gpu_world import DEVICE_S, H0, RECORDING, gpu_bench
from tests.bench.nvml_tape import Replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK_S = 20 * TICK_S
OTHERS = queued.MOST_BATCHES - 1  # of small batches, after the first one


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_block_on_a_gpu_is_by_the_devices_clock(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = gpu_bench(clock, monkeypatch)
    block = own.block(BLOCK_S)
    assert own.facts["clock"] == "cuda_events"
    assert block.iterations == len(block.durations_s) == 20
    assert set(block.durations_s) == {DEVICE_S}


def test_a_block_of_calls_that_wait_themselves_is_as_long(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = gpu_bench(clock, monkeypatch)
    session: Any = own.session
    session.asynchronous = False
    block = own.block(BLOCK_S)
    assert block.durations_s == (DEVICE_S,) * 20


def test_what_the_gpu_did_is_read_once_a_block(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = gpu_bench(clock, monkeypatch)
    cool, hot = (own.block(BLOCK_S).gpu for _ in range(2))
    assert cool is not None
    assert hot is not None
    assert (cool.clock_hz, cool.throttled) == (1.98e9, ())
    assert (hot.clock_hz, hot.power_w) == (1.755e9, 698.2)
    assert hot.throttled == ("power cap (software)", "thermal (hardware)")


def test_a_worker_whose_device_failed_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_request: object) -> None:
        msg = "CUDA error: an illegal memory access was encountered"
        raise RuntimeError(msg)

    monkeypatch.setattr(worker, "load", load)
    connection: Any = Requests(LoadYardstick(cores=()), LoadYardstick(cores=()))
    worker.serve(connection)
    (reply,) = connection.replies
    assert reply.failed.startswith("illegal access on the device: CUDA error")


class Loading:
    """A shipped network, loaded by the worker itself onto a device that is none."""

    def __init__(self, folder: Path, tape: Replay) -> None:
        images = np.random.default_rng(0).standard_normal((8, 1, 28, 28)).astype(np.float32)
        axes: dict[str, int | None] = {"input": 0}
        inputs = InputSet(
            arrays={"input": images}, batch_axes=axes, labels=None, sha256="", kind="made up"
        )
        inputs.save(folder)
        self.folder = folder
        self.tape = tape
        self.loaded: list[worker.Bench] = []

    def load(self) -> worker.Bench:
        weights = files.SHIPPED / "digits" / "simple_cnn+half_width.safetensors"
        recipe = RecipeFields(family="simple_cnn", techniques=("half_width",), dataset="digits")
        artifact = Artifact(path=str(weights), recipe=recipe, inputs=str(self.folder), facts={})
        target = Target(precision="bf16", device="cuda:0", batch_size=2, threads=1)
        made, said = worker.load(Load(engine="eager", artifact=artifact, target=target, cores=()))
        made.facts |= said.facts
        self.loaded.append(made)
        return made

    def close(self) -> None:
        for made in reversed(self.loaded):
            session: Any = made.session
            session._mode.__exit__(None, None, None)
        gc.unfreeze()
        gc.enable()


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loading]:
    cuda = FakeCuda(lambda _: DEVICE_S, capability=(9, 0))
    cuda.patch(monkeypatch)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    tape = Replay(RECORDING)
    monkeypatch.setitem(sys.modules, "pynvml", tape)
    build = torch_session.build_module

    def hooked(artifact: Artifact) -> Any:  # noqa: ANN401 - a module
        module = build(artifact)
        module.register_forward_hook(lambda *_: cuda.work())
        return module

    monkeypatch.setattr(torch_session, "build_module", hooked)
    made = Loading(tmp_path, tape)
    yield made
    made.close()


def test_a_network_is_loaded_onto_a_gpu_and_timed_there(loading: Loading) -> None:
    loaded_on_gpu = loading.load()
    block = loaded_on_gpu.block(BLOCK_S)
    assert set(block.durations_s) == {DEVICE_S}
    assert block.gpu is not None
    facts = loaded_on_gpu.facts
    assert (facts["clock"], facts["precision"]) == ("cuda_events", "bfloat16")
    assert facts["nvml"] == "Made-up GPU 0"
    assert facts["device_memory"].startswith("growth of the device's use")
    assert facts["l2"].startswith("inputs hot: 4096 batches of 6272 B in turns")


def in_use(tape: Replay, *used_bytes: int) -> None:
    """What NVML says of the device's memory, time after time."""
    answers = [{"total": 8 << 30, "free": (8 << 30) - each, "used": each} for each in used_bytes]
    tape.put("nvmlDeviceGetMemoryInfo", [H0], answers)


def peak_bytes(own: worker.Bench) -> float:
    found = {each.metric.name: each.value for each in own.answer(Measure(meter="device_memory"))}
    return float(found["device_peak_bytes"])


def test_in_a_container_a_workers_memory_is_not_that_of_those_loaded_after_it(
    loading: Loading,
) -> None:
    """There NVML lists nobody, and only the growth of the device's use is known."""
    mb = 1_000_000
    # Before loading, after the first inference, warm.
    in_use(loading.tape, 100 * mb, 400 * mb, 500 * mb)
    first = loading.load()
    in_use(loading.tape, 500 * mb, 2_000 * mb, 2_500 * mb)
    second = loading.load()
    turns = OTHERS * 6656  # two images of 3136 bytes each, in blocks of 512
    assert (first.rotated_bytes, second.rotated_bytes) == (turns, turns)
    assert (peak_bytes(first), peak_bytes(second)) == (400 * mb - turns, 2_000 * mb - turns)


def test_of_a_session_that_fetches_its_own_batches_nothing_is_said_of_those_that_were_bound(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: Any = gpu_bench(clock, monkeypatch).session
    before = len(session.bound)
    rotated = worker.Bench(session, scored(), 1, clock)
    rotated.first()
    assert rotated.facts["l2"].startswith("inputs ")
    session.own_batches, many = True, len(session.bound) - before
    own = worker.Bench(session, scored(), 1, clock)
    own.first()
    assert own.facts["l2"] == "each call fetches a batch of its own"
    assert len(session.bound) - before - many <= worker.ROTATION


def test_on_a_gpu_the_first_inference_comes_before_the_batches_that_take_turns(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the device holds then is the case's own; on a CPU all are bound before."""
    session: Any = gpu_bench(clock, monkeypatch).session
    before = len(session.bound)
    own = worker.Bench(session, scored(), 1, clock)
    assert len(session.bound) - before == 1
    own.first()
    assert len(session.bound) - before == 1 + OTHERS
    assert own.rotated_bytes == OTHERS * BLOCK_BYTES
    own.window(BLOCK_S)
    assert session.called[-3:] != [session.called[-1]] * 3
    plain = ScriptedSession(clock, lambda _: TICK_S)
    on_cpu = worker.Bench(plain, scored(), 1, clock)
    assert len(plain.bound) == worker.ROTATION
    on_cpu.first()
    assert len(plain.bound) == worker.ROTATION
