from __future__ import annotations

import pytest

from bench import registry
from bench.device.nvml import open_gpu
from bench.doctor.gpu import gpu_findings, lacking
from tests.bench.gpu_world import H0, RECORDING
from tests.bench.nvml_tape import Replay

MIG = "MIG-5c6e1a2b-0000-5000-8000-000000000000"


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return Replay(RECORDING)


def found(tape: Replay) -> dict[str, tuple[str, str]]:
    gpu = open_gpu(tape, "cuda:0")
    return {each.what: (each.state, each.text) for each in gpu_findings(gpu, "")}


def test_without_a_gpu_the_reason_is_said() -> None:
    (finding,) = gpu_findings(None, "NVML does not show cuda:0")
    assert finding.text == "no NVIDIA GPU with a driver; CPU only (NVML does not show cuda:0)"


def test_a_gpu_whose_driver_is_there_and_that_cannot_be_used_breaks_the_run() -> None:
    (finding,) = gpu_findings(None, "Driver/library version mismatch", is_wanted=True)
    assert finding.state == "broken"
    assert finding.text.startswith("no NVIDIA GPU can be used (Driver/library version mismatch)")
    assert "--device cpu" in finding.text


def test_an_operator_is_told_what_may_be_set_and_how_to_undo_it(tape: Replay) -> None:
    state, text = found(tape)["gpu clocks"]
    assert state == "note"
    assert "up to 1980 MHz, power limit 700 W" in text
    smi = "nvidia-smi -i GPU-11111111-aaaa-bbbb-cccc-000000000000"
    assert f"{smi} --lock-gpu-clocks=1485 (undo: {smi} --reset-gpu-clocks)" in text
    assert f"{smi} --persistence-mode=1" in found(tape)["gpu persistence"][1]


@pytest.mark.parametrize("mode", [2, 3])  # prohibited, exclusive process
def test_a_gpu_for_one_process_alone_breaks_each_run(tape: Replay, mode: int) -> None:
    assert "gpu compute mode" not in found(tape)
    tape.put("nvmlDeviceGetComputeMode", [H0], [mode])
    state, text = found(tape)["gpu compute mode"]
    assert state == "broken"
    assert "nvidia-smi -i GPU-11111111-aaaa-bbbb-cccc-000000000000 --compute-mode=0" in text


def test_a_gpu_that_is_lost_meanwhile_is_broken(tape: Replay) -> None:
    tape.put("nvmlDeviceGetClockInfo", [H0, 1], [{"error": 15}])
    state, text = found(tape)["gpu"]
    assert (state, text.partition(";")[0]) == (
        "broken",
        "it can no longer be used: NVML: GPU is lost",
    )


def test_nothing_is_set(tape: Replay) -> None:
    found(tape)
    assert not [name for name in tape.asked if "Set" in name or "Reset" in name]


@pytest.mark.parametrize(
    ("share", "memory", "state", "said"),
    [
        (0, {"used": 600_000_000}, "ok", "0% of the time, 0.6 GB"),
        (97, {"used": 600_000_000}, "note", "97% of the time, 0.6 GB: others"),
        (0, {"used": 60_000_000_000}, "note", "0% of the time, 60.0 GB: others"),
        (0, {"error": 3}, "ok", "0% of the time, an unknown amount"),
    ],
)
def test_others_on_the_gpu_are_noted(
    tape: Replay, share: int, memory: dict[str, int], state: str, said: str
) -> None:
    tape.put("nvmlDeviceGetUtilizationRates", [H0], [{"gpu": share, "memory": 0}])
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [memory])
    assert found(tape)["gpu in use"][0] == state
    assert found(tape)["gpu in use"][1].startswith(said)


def test_a_gpu_that_is_held_down_is_noted(tape: Replay) -> None:
    tape.put("nvmlDeviceGetCurrentClocksEventReasons", [H0], [0x40])
    text = found(tape)["gpu clocks"][1]
    assert text == "held down now: thermal (hardware); wait until it has cooled"


def test_a_gpu_whose_power_is_capped_does_not_wait_to_cool(tape: Replay) -> None:
    tape.put("nvmlDeviceGetCurrentClocksEventReasons", [H0], [0x04])
    text = found(tape)["gpu clocks"][1]
    assert text.startswith("held down now: power cap (software); what holds it, an operator may")
    assert "-q -d PERFORMANCE,POWER" in text
    assert "cooled" not in text


def test_of_a_part_of_a_gpu_it_is_said_what_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", MIG)
    seen = found(Replay(RECORDING.with_name("nvml_by_hand_mig.json")))
    assert "energy is not measured" in seen["gpu"][1]
    assert "gpu persistence" not in seen
    assert "gpu compute mode" not in seen
    assert "an unknown share" in seen["gpu in use"][1]


def test_a_build_without_the_provider_that_an_engine_needs_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: has)
    lacks = {name: lacking(registry.engine(name)) for name in registry.names("engines")}
    assert [name for name, lack in lacks.items() if lack] == ["onnxruntime_tensorrt"]
    assert "TensorrtExecutionProvider" in str(lacks["onnxruntime_tensorrt"])


@pytest.mark.parametrize("is_installed", [False, True])
def test_what_a_provider_is_linked_to_is_told_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
    is_installed: bool,  # noqa: FBT001
) -> None:
    """A build lists the provider all the same."""
    has = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: has)
    monkeypatch.setattr("bench.doctor.gpu.find_spec", lambda name: name if is_installed else None)
    lacks = {name: lacking(registry.engine(name)) for name in registry.names("engines")}
    words = (
        "tensorrt is not installed, which TensorrtExecutionProvider is linked to: its cases on a "
        "GPU are skipped; install the group tensorrt"
    )
    told = {} if is_installed else {"onnxruntime_tensorrt": words}
    assert {name: lack for name, lack in lacks.items() if lack} == told
