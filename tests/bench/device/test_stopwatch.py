from __future__ import annotations

import pytest
import torch

from bench.device import stopwatch
from bench.device.stopwatch import TorchStopwatch
from tests.bench.fake_cuda import L2_BYTES, UUID, WORKING_BYTES, FakeCuda, Stream


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    made = FakeCuda(lambda _: 0.25, capability=(9, 0))
    made.patch(monkeypatch)
    return made


def test_it_knows_its_device(cuda: FakeCuda) -> None:
    own = TorchStopwatch("cuda:0", Stream(cuda))  # type: ignore[arg-type]
    assert (own.l2_bytes, own.uuid) == (L2_BYTES, UUID)


def test_what_lives_is_in_blocks_of_the_allocator_and_less_than_the_most(cuda: FakeCuda) -> None:
    own = TorchStopwatch("cuda:0")
    assert (own.allocated_bytes(), own.peak_bytes()) == (0, 0)
    _kept = torch.zeros(200).to("cuda:0")
    cuda.work()
    assert (own.allocated_bytes(), own.peak_bytes()) == (1024, 1024 + WORKING_BYTES)


def test_marks_are_seconds_apart(cuda: FakeCuda) -> None:
    own = TorchStopwatch("cuda:0")
    before, after = own.new(), own.new()
    own.set(before)
    cuda.work()
    own.set(after)
    cuda.synchronize()
    assert own.seconds(before, after) == 0.25


def test_a_session_on_a_cpu_has_no_stopwatch() -> None:
    assert stopwatch.of(object()) is None


@pytest.mark.gpu
def test_a_real_device_takes_the_time_that_it_waits() -> None:
    if not torch.cuda.is_available():
        pytest.skip("this build of torch sees no CUDA device")
    own = TorchStopwatch("cuda:0")
    before, after = own.new(), own.new()
    own.set(before)
    torch.cuda._sleep(10_000_000)  # type: ignore[no-untyped-call] # cycles: some milliseconds
    own.set(after)
    torch.cuda.synchronize()
    assert own.seconds(before, after) > 1e-3
