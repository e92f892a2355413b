from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pynvml
import pytest

from bench.device import failure
from bench.device.nvml import Gpu, open_gpu, told
from bench.workers.session import EngineError, Unavailable
from results.gpu_state import GpuState
from tests.bench.nvml_tape import NOT_FOUND, Recorder, Replay, is_function

RECORDINGS = Path(__file__).parents[1] / "recordings"
H0, H1 = {"handle": "h0"}, {"handle": "h1"}
SECOND = "22222222-aaaa-bbbb-cccc-000000000001"
MIG = "MIG-5c6e1a2b-0000-5000-8000-000000000000"


@pytest.fixture
def tape() -> Replay:
    return Replay(RECORDINGS / "nvml_by_hand_two_gpus.json")


@pytest.fixture
def gpu(tape: Replay, monkeypatch: pytest.MonkeyPatch) -> Gpu:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return open_gpu(tape, "cuda:0")


@pytest.fixture
def mig(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", MIG)
    return open_gpu(Replay(RECORDINGS / "nvml_by_hand_mig.json"), "cuda:0", SECOND)


@pytest.mark.parametrize("file", sorted(RECORDINGS.glob("*.json")), ids=lambda file: file.stem)
def test_a_recording_says_how_it_was_made_and_asks_only_what_there_is(file: Path) -> None:
    tape = Replay(file)
    assert ("by_hand" in file.stem) == tape.made.startswith("written by hand")
    assert all(is_function(key.split('"')[1]) for key in tape._answers)


@pytest.mark.parametrize(
    ("visible", "device", "uuid", "name"),
    [
        (None, "cuda:0", None, "Made-up GPU 0"),
        (None, "cuda:1", None, "Made-up GPU 1"),
        ("1", "cuda:0", None, "Made-up GPU 1"),
        ("1,0", "cuda:1", None, "Made-up GPU 0"),
        ("GPU-2222", "cuda:0", None, "Made-up GPU 1"),
        ("0", "cuda:0", SECOND, "Made-up GPU 1"),  # CUDA counts by speed: torch knows better
    ],
)
def test_cuda_and_nvml_mean_the_same_device(  # noqa: PLR0917 - one call a row
    tape: Replay,
    monkeypatch: pytest.MonkeyPatch,
    visible: str | None,
    device: str,
    uuid: str | None,
    name: str,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert open_gpu(tape, device, uuid).name == name


@pytest.mark.parametrize(
    ("visible", "reason"),
    [("", "shows no devices"), ("2", "Invalid Argument"), ("GPU-3", "begins with GPU-3")],
)
def test_a_device_that_is_not_there_is_a_reason(
    tape: Replay, monkeypatch: pytest.MonkeyPatch, visible: str, reason: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(Unavailable, match=f"NVML does not show cuda:0: .*{reason}"):
        open_gpu(tape, "cuda:0")


def test_without_a_driver_there_is_a_reason() -> None:
    with pytest.raises(Unavailable, match="NVML does not show cuda:0: "):
        open_gpu(_without_driver(), "cuda:0")


def _without_driver() -> Replay:
    tape = Replay(RECORDINGS / "nvml_by_hand_two_gpus.json")
    tape.put("nvmlInit", [], [{"error": pynvml.NVML_ERROR_LIBRARY_NOT_FOUND}])
    return tape


def test_states_follow_each_other_in_base_units(gpu: Gpu) -> None:
    assert gpu.state() == GpuState(
        clock_hz=1.98e9, memory_clock_hz=2.619e9, temperature_c=41, power_w=124.5, reasons=()
    )
    hot = gpu.state()
    assert hot.throttled == ("power cap (software)", "thermal (hardware)")
    assert (hot.clock_hz, hot.temperature_c, hot.power_w) == (1.755e9, 67, 698.2)
    idle = gpu.state()
    assert (idle.reasons, idle.throttled) == (("idle",), ())  # which is no fault


def test_energy_is_that_of_the_counter(gpu: Gpu) -> None:
    assert [gpu.energy_j() for _ in range(3)] == [1000.0, 1000.0, 1420.0]


def test_memory_of_the_device_and_of_a_process(gpu: Gpu) -> None:
    assert [gpu.used_bytes(), gpu.used_bytes()] == [600 << 20, 2 << 30]
    assert gpu.process_bytes(4711) == 512 << 20
    assert gpu.process_bytes(12) is None  # WDDM and some containers do not tell
    assert gpu.process_bytes(13) is None


def test_others_are_seen_by_utilisation(gpu: Gpu) -> None:
    assert [gpu.utilisation(), gpu.utilisation()] == [0.0, 0.97]


def test_settings_are_read_and_never_written(tape: Replay, gpu: Gpu) -> None:
    assert gpu.limits() == {"most_clock_hz": 1.98e9, "power_limit_w": 700.0, "persistence": 0.0}
    gpu.state()
    assert not [name for name in tape.asked if "Set" in name or "Reset" in name]


def test_a_mig_device_shares_the_clock_and_not_the_energy(mig: Gpu) -> None:
    assert mig.is_mig
    assert mig.name == "Made-up GPU MIG 1g.10gb"
    state = mig.state()
    assert (state.clock_hz, state.power_w) == (1.755e9, None)  # power is not permitted here
    assert state.throttled == ("thermal (software)",)  # by the older name of the function
    assert mig.energy_j() is None
    assert mig.utilisation() is None
    assert mig.used_bytes() == 100 << 20


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (pynvml.NVML_ERROR_GPU_IS_LOST, "GPU is lost"),
        (pynvml.NVML_ERROR_RESET_REQUIRED, "GPU requires restart"),
    ],
)
def test_a_gpu_of_no_more_use_is_an_error_and_no_absent_value(
    tape: Replay, gpu: Gpu, number: int, said: str
) -> None:
    for name in ("nvmlDeviceGetPowerUsage", "nvmlDeviceGetCurrentClocksEventReasons"):
        tape.put(name, [H0], [{"error": number}])
    tape.put("nvmlDeviceGetName", [H0], [{"error": number}])
    with pytest.raises(EngineError, match=said) as raised:
        gpu.state()
    assert str(failure.of(raised.value)).startswith("the device is lost")
    with pytest.raises(EngineError, match=said):
        _ = gpu.name
    assert told(gpu.state) is None


@pytest.mark.parametrize("number", [pynvml.NVML_ERROR_UNKNOWN, pynvml.NVML_ERROR_TIMEOUT])
def test_a_sensor_that_fails_takes_nothing_else_with_it(
    tape: Replay, gpu: Gpu, number: int
) -> None:
    tape.put("nvmlDeviceGetPowerUsage", [H0], [{"error": number}])
    state = gpu.state()
    assert (state.clock_hz, state.power_w) == (1.98e9, None)


def test_a_gpu_that_is_lost_while_it_is_opened_is_a_reason(
    tape: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    lost = {"error": pynvml.NVML_ERROR_GPU_IS_LOST}
    tape.put("nvmlDeviceIsMigDeviceHandle", [H0], [lost])
    with pytest.raises(Unavailable, match="does not show cuda:0: NVML: GPU is lost"):
        open_gpu(tape, "cuda:0")


def test_the_list_of_processes_is_also_had_of_an_older_driver(tape: Replay, gpu: Gpu) -> None:
    older = "nvmlDeviceGetComputeRunningProcesses_v2"
    tape.put("nvmlDeviceGetComputeRunningProcesses", [H0], [NOT_FOUND])
    tape.put(older, [H0], [[{"pid": 4711, "usedGpuMemory": 512}], NOT_FOUND])
    assert gpu.process_bytes(4711) == 512
    assert gpu.process_bytes(4711) is None


def test_the_fake_raises_as_pynvml_does_where_the_newest_function_is_not_there(
    tape: Replay, gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pointer(name: str) -> None:
        assert name == "nvmlDeviceGetComputeRunningProcesses_v3"
        raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)

    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer", pointer)
    tape.put("nvmlDeviceGetComputeRunningProcesses", [H0], [NOT_FOUND])
    for library, handle in ((pynvml, None), (tape, gpu._own)):
        with pytest.raises(pynvml.NVMLLibraryMismatchError):
            library.nvmlDeviceGetComputeRunningProcesses(handle)


def test_a_gpu_that_has_only_the_hosts_memory_does_not_tell_it(tape: Replay, gpu: Gpu) -> None:
    """As a GB10 does not: NVML says that it is not supported."""
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [{"error": pynvml.NVML_ERROR_NOT_SUPPORTED}])
    assert (gpu.used_bytes(), gpu.total_bytes()) == (None, None)


@pytest.mark.parametrize("visible", [None, "0", "GPU-2222"])
def test_in_mig_mode_a_part_is_read_whatever_cuda_was_told(
    monkeypatch: pytest.MonkeyPatch, visible: str | None
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    part = open_gpu(Replay(RECORDINGS / "nvml_by_hand_mig.json"), "cuda:0")
    assert (part.name, part.used_bytes()) == ("Made-up GPU MIG 1g.10gb", 100 << 20)
    assert (part.is_mig, part.energy_j()) == (True, None)


def test_a_gpu_in_mig_mode_gives_its_energy_to_none_of_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    divided = Replay(RECORDINGS / "nvml_by_hand_mig.json")
    divided.put("nvmlDeviceGetMaxMigDeviceCount", [H0], [0])
    whole = open_gpu(divided, "cuda:0", SECOND)
    assert (whole.name, whole.is_mig, whole.energy_j()) == ("Made-up GPU", True, None)
    assert whole.state().clock_hz == 1.755e9


def test_a_real_h200_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    recording = Replay(RECORDINGS / "nvml_h200.json")
    # The recording is from before this was asked; its GPU was whole.
    recording.put("nvmlDeviceGetMigMode", [H0], [[0, 0]])
    h200 = open_gpu(recording, "cuda:0")
    assert (h200.name, h200.driver, h200.is_mig) == ("NVIDIA H200", "580.159.04", False)
    state = h200.state()
    assert state.power_w == pytest.approx(148.706)
    assert replace(state, power_w=None) == GpuState(
        clock_hz=1.98e9, memory_clock_hz=3.201e9, temperature_c=40, power_w=None, reasons=()
    )
    energy_j = [h200.energy_j() or 0.0 for _ in range(20)]
    assert energy_j == sorted(set(energy_j))  # a look every 0.2 s, and it has moved each time
    assert h200.process_bytes(869) == 1_184_890_880
    assert h200.process_bytes(870) is None
    used_bytes, total_bytes = h200.used_bytes(), h200.total_bytes()
    assert used_bytes is not None
    assert total_bytes is not None
    assert used_bytes / total_bytes == pytest.approx(0.02, abs=0.001)
    assert h200.utilisation() == 0.34
    assert h200.limits() == {"most_clock_hz": 1.98e9, "power_limit_w": 700, "persistence": 1}


def test_what_is_recorded_is_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    file = tmp_path / "tape.json"

    def readings(library: Any) -> list[object]:  # noqa: ANN401
        one = open_gpu(library, "cuda:0", SECOND)
        states = [one.state() for _ in range(3)]
        return [one.name, states, one.energy_j(), one.used_bytes(), one.process_bytes(4711)]

    recorder = Recorder(Replay(RECORDINGS / "nvml_by_hand_two_gpus.json"))
    first = readings(recorder)
    recorder.save(file, "recorded from a replay")
    assert readings(Replay(file)) == first


@pytest.mark.gpu
def test_a_real_gpu_answers() -> None:
    try:
        real = open_gpu(pynvml, "cuda:0")
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert real.state().clock_hz
    assert real.used_bytes() != 0
