"""Which device "auto" is, where the driver's file and NVML agree and where they do not."""

from __future__ import annotations

import subprocess
import sys

import pynvml
import pytest

from bench.device import present
from tests.bench.gpu_world import RECORDING
from tests.bench.nvml_tape import Replay
from tests.bench.runs import ROOT

NOWHERE = "/nowhere/nvidiactl"
MISMATCH = {"error": pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH}  # a driver upgraded, no restart


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(present, "DRIVER", __file__)
    monkeypatch.setattr(present, "WINDOWS", NOWHERE)
    made = Replay(RECORDING)
    monkeypatch.setitem(sys.modules, "pynvml", made)
    return made


@pytest.mark.usefixtures("tape")
def test_a_gpu_that_nvml_shows_is_taken() -> None:
    assert (present.auto(), present.why_cpu("auto")) == ("cuda:0", None)


def test_where_the_driver_does_not_answer_the_cpu_is_taken_and_the_reason_told(
    tape: Replay,
) -> None:
    tape.put("nvmlInit", [], [MISMATCH])
    assert present.auto() == "cpu"
    assert "NVML/RM version mismatch" in str(present.why_cpu("cuda:1,auto"))
    assert present.why_cpu("cpu") is None


def test_gpus_of_two_kinds_are_not_for_one_run(tape: Replay) -> None:
    """Made-up GPU 0 and Made-up GPU 1."""
    said = present.unlike(["cuda:0", "cpu", "cuda:1"])
    assert said is not None
    assert said.startswith("--device: cuda:0 is Made-up GPU 0, cuda:1 is Made-up GPU 1; one run")
    tape.put("nvmlDeviceGetName", [{"handle": "h1"}], ["Made-up GPU 0"])
    assert present.unlike(["cuda:0", "cuda:1"]) is None
    assert present.unlike(["cuda:0", "cuda:2"]) is None  # which is a skip with its reason


def test_of_a_single_gpu_no_kind_is_asked(tape: Replay) -> None:
    assert present.unlike(["cuda:0", "cpu"]) is None
    assert tape.asked == []


@pytest.mark.usefixtures("tape")
def test_where_no_device_is_visible_the_cpu_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert present.auto() == "cpu"
    assert "shows no devices" in str(present.why_cpu("auto"))


@pytest.mark.usefixtures("tape")
def test_without_the_library_the_cpu_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert present.auto() == "cpu"
    assert present.why_cpu("auto") == "nvidia-ml-py is not installed"


def test_without_a_driver_nothing_is_asked(tape: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "DRIVER", NOWHERE)
    assert (present.auto(), present.why_cpu("auto")) == ("cpu", None)
    assert tape.asked == []


def test_under_windows_the_file_is_there_for_any_gpu(
    tape: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(present, "DRIVER", NOWHERE)
    monkeypatch.setattr(present, "WINDOWS", __file__)
    assert present.auto() == "cuda:0"
    tape.put("nvmlInit", [], [{"error": pynvml.NVML_ERROR_LIBRARY_NOT_FOUND}])
    assert (present.auto(), present.why_cpu("auto")) == ("cpu", None)


def test_without_a_driver_nothing_is_imported() -> None:
    code = (
        "import sys; from bench.device import present; present.DRIVER = present.WINDOWS = '/no'; "
        "present.auto(); print(sorted({'pynvml', 'torch'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
