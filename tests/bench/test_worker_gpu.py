from __future__ import annotations

from typing import Any

import pytest

from bench import worker
from bench.worker import LoadYardstick
from tests.bench.fakes import TICK_S, FakeClock
from tests.bench.gpu_world import DEVICE_S, gpu_bench
from tests.bench.test_worker import Requests

BLOCK_S = 20 * TICK_S


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
