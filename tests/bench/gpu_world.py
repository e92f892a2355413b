"""A session on a GPU that is none: FakeCuda for its clock, a recording for NVML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bench.device import ceilings
from bench.device.gpu_monitor import GpuMonitor
from bench.device.nvml import open_gpu
from bench.device.stopwatch import TorchStopwatch
from bench.workers.target import Target
from bench.workers.worker import Bench
from tests.bench.fake_cuda import FakeCuda
from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession, scored
from tests.bench.nvml_tape import Replay

if TYPE_CHECKING:
    from typing import Any

    import pytest
    from numpy.typing import NDArray

    from bench.workers.session import Batch, Call

RECORDING = Path(__file__).parent / "recordings" / "nvml_by_hand_two_gpus.json"
DEVICE_S = TICK_S / 2
FIRST_BYTES, NOW_BYTES = 512 << 20, 768 << 20
ENERGY_J = 420.0
H0 = {"handle": "h0"}


class GpuSession(ScriptedSession):
    """A call takes DEVICE_S on the device, and TICK_S until a caller has waited for it."""

    def __init__(self, clock: FakeClock, cuda: FakeCuda) -> None:
        super().__init__(clock, lambda _: TICK_S, asynchronous=True)
        self.cuda = cuda
        self.stopwatch = TorchStopwatch("cuda:0")

    def bind(self, batch: Batch) -> Call:
        for array in batch.values():
            self.cuda.allocate(array.nbytes)
        return super().bind(batch)

    def _call(self, index: int) -> None:
        super()._call(index)
        self.cuda.work()

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        self._clock.advance(3 * TICK_S)
        return super().outputs(batch)

    def synchronize(self) -> None:
        super().synchronize()
        self.cuda.synchronize()


def gpu_bench(clock: FakeClock, monkeypatch: pytest.MonkeyPatch, batch_size: int = 1) -> Bench:
    """A loaded one; its memory grew after the first inference."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    cuda = FakeCuda(lambda _: DEVICE_S, capability=(9, 0))
    cuda.patch(monkeypatch)
    tape = Replay(RECORDING)
    lists = [
        [{"pid": os.getpid(), "usedGpuMemory": size}, {"pid": 12, "usedGpuMemory": 7}]
        for size in (FIRST_BYTES, NOW_BYTES)
    ]
    tape.put("nvmlDeviceGetComputeRunningProcesses", [H0], lists)
    counter_mj = [995_000, 1_000_000, 1_000_000, 1_000_000 + int(ENERGY_J * 1000)]
    tape.put("nvmlDeviceGetTotalEnergyConsumption", [H0], counter_mj)
    seen = GpuMonitor(gpu=open_gpu(tape, "cuda:0"), before_bytes=None)
    monkeypatch.setattr(ceilings, "SIZES", {"cuda": ceilings.Sizes(rows=8, copied_bytes=64)})
    monkeypatch.setattr(ceilings, "_fastest_s", lambda _device, _call: DEVICE_S)
    target = Target(precision="fp32", device="cuda:0", batch_size=batch_size, threads=1)
    session = GpuSession(clock, cuda)
    made = Bench(session, scored(), batch_size, clock, seen=seen, target=target)
    made.first()
    return made
