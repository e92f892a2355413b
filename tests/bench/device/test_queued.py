from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.device import queued
from bench.device.stopwatch import TorchStopwatch
from tests.bench.fake_cuda import CREATED_S, L2_BYTES, FakeCuda

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MS = 2.0**-10  # exact in binary


def device(
    monkeypatch: pytest.MonkeyPatch, lasts_s: Callable[[int], float] = lambda _: MS
) -> FakeCuda:
    made = FakeCuda(lasts_s, capability=(9, 0))
    made.patch(monkeypatch)
    return made


def test_each_call_has_the_devices_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = device(monkeypatch, lambda n: MS * (1 + n % 3))
    calls = itertools.repeat(cuda.work)
    found = queued.each_s(TorchStopwatch("cuda:0"), calls, 4, cuda.synchronize)
    assert found == (2 * MS, 3 * MS, MS, 2 * MS)  # the first one only keeps the device busy


def test_nothing_is_waited_for_between_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = device(monkeypatch)
    waits: list[int] = []

    def call() -> None:
        waits.append(cuda.waits)
        cuda.work()

    queued.each_s(TorchStopwatch("cuda:0"), itertools.repeat(call), 8, cuda.synchronize)
    assert waits == [0] * 9
    assert cuda.waits == 1


def test_what_is_looked_at_meanwhile_is_seen_while_the_device_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cuda = device(monkeypatch)
    ahead: list[float] = []

    def look() -> None:
        ahead.append(cuda.queued_s - cuda.done_s)

    queued.each_s(TorchStopwatch("cuda:0"), itertools.repeat(cuda.work), 2, cuda.synchronize, look)
    assert ahead == [4 * CREATED_S + 3 * MS]  # two pairs of marks were made before


def test_a_time_that_was_not_waited_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the fake would catch a missing wait."""
    cuda = device(monkeypatch)
    with pytest.raises(RuntimeError, match="not ready"):
        queued.each_s(TorchStopwatch("cuda:0"), itertools.repeat(cuda.work), 2, lambda: None)


def batch(size: int) -> dict[str, NDArray[np.float32]]:
    return {"input": np.zeros(size // 4, np.float32)}


@pytest.mark.parametrize(
    ("size", "count", "state"),
    [
        (1 << 20, 100, "cold"),
        (L2_BYTES * 4, queued.LEAST_BATCHES, "cold"),
        (4096, queued.MOST_BATCHES, "hot"),  # 16 MiB: they all stay in the cache, and it says so
    ],
)
def test_inputs_rotate_through_twice_the_cache_where_that_can_be(
    size: int, count: int, state: str
) -> None:
    assert queued.rotation(batch(size), L2_BYTES) == count
    fact = f"inputs {state}: {count} batches of {size} B in turns, L2 has {L2_BYTES} B"
    assert queued.l2_fact(batch(size), count, L2_BYTES) == fact


def test_a_model_without_inputs_rotates_nothing() -> None:
    assert queued.rotation({}, L2_BYTES) == queued.LEAST_BATCHES
