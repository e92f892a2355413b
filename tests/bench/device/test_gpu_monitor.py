from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from bench.device import gpu_monitor
from tests.bench.gpu_world import H0

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.nvml_tape import Replay

FIRST = "11111111-aaaa-bbbb-cccc-000000000000"
SECOND = "22222222-aaaa-bbbb-cccc-000000000001"


def listed(tape: Replay, processes: Sequence[tuple[int, int | None]]) -> None:
    found = [{"pid": pid, "usedGpuMemory": size} for pid, size in processes]
    tape.put("nvmlDeviceGetComputeRunningProcesses", [H0], [found])


def test_the_list_of_processes_is_believed_first(tape: Replay) -> None:
    listed(tape, [(os.getpid(), 512), (12, 7)])
    seen = gpu_monitor.watch("cuda:0", FIRST, 100).gpu_monitor
    assert seen is not None
    assert seen.own_bytes() == 512
    assert seen.counted_by() == "NVML's list of processes, without inputs in turns"


def test_in_a_container_the_growth_of_the_devices_use_is_taken(tape: Replay) -> None:
    """There NVML gives numbers of the host, or none."""
    listed(tape, [(4711, None)])
    before_bytes = gpu_monitor.used_bytes("cuda:0")
    watched = gpu_monitor.watch("cuda:0", FIRST, before_bytes)
    assert before_bytes == 600 << 20
    assert watched.gpu_monitor is not None
    assert watched.gpu_monitor.own_bytes() == (2 << 30) - before_bytes
    assert watched.facts == {
        "nvml": "Made-up GPU 0",
        "device_memory": "growth of the device's use, without inputs in turns",
    }


def test_where_a_gpu_has_only_the_hosts_memory_nothing_is_told(tape: Replay) -> None:
    """Of a GB10 NVML says that it is not supported."""
    listed(tape, [])
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [{"error": 3}])
    assert gpu_monitor.used_bytes("cuda:0") is None
    assert gpu_monitor.free_memory("cuda:0") is None
    for before_bytes in (None, 100):
        seen = gpu_monitor.watch("cuda:0", FIRST, before_bytes).gpu_monitor
        assert seen is not None
        assert seen.own_bytes() is None
    assert gpu_monitor.watch("cuda:0", FIRST, None).facts["device_memory"] == "not told"


@pytest.mark.parametrize("number", [15, 16, 999])  # lost, to be reset, unknown
def test_an_error_of_a_gpu_that_is_looked_at_before_anything_is_loaded_ends_nothing(
    tape: Replay, number: int
) -> None:
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [{"error": number}])
    assert gpu_monitor.used_bytes("cuda:0") is None
    assert gpu_monitor.free_memory("cuda:0") is None


def test_the_free_share_is_of_the_whole_device(tape: Replay) -> None:
    memory = {"total": 8 << 30, "free": 6 << 30, "used": 2 << 30}
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [memory])
    assert gpu_monitor.free_memory("cuda:0") == 0.75


def test_what_another_device_had_before_is_not_subtracted(tape: Replay) -> None:
    """CUDA may count otherwise than NVML, which only torch knows."""
    tape.put("nvmlDeviceGetComputeRunningProcesses", [{"handle": "h1"}], [[]])
    seen = gpu_monitor.watch("cuda:0", SECOND, 100).gpu_monitor
    assert seen is not None
    assert seen.before_bytes is None
    assert seen.own_bytes() is None


def test_without_nvml_the_reason_is_recorded(tape: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    tape.put("nvmlInit", [], [{"error": 12}])
    watched = gpu_monitor.watch("cuda:0", FIRST, None)
    assert watched.gpu_monitor is None
    assert "NVML Shared Library Not Found" in watched.facts["nvml"]
    assert gpu_monitor.used_bytes("cuda:0") is None
    assert gpu_monitor.free_memory("cuda:0") is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "nvidia-ml-py is not installed" in gpu_monitor.watch("cuda:0", FIRST, None).facts["nvml"]
