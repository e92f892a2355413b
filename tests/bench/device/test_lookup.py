from __future__ import annotations

from pathlib import Path

import pynvml
import pytest

from bench.device import lookup
from bench.device.visible import NotVisibleError
from tests.bench.nvml_tape import Replay

RECORDINGS = Path(__file__).parents[1] / "recordings"
H0 = {"handle": "h0"}
SECOND = "22222222-aaaa-bbbb-cccc-000000000001"  # of the second of two, and of the one in MIG mode
PART = "5c6e1a2b-0000-5000-8000-00000000000"  # and its number


@pytest.fixture
def divided() -> Replay:
    return Replay(RECORDINGS / "nvml_by_hand_mig.json")


@pytest.mark.parametrize(
    ("wanted", "uuid", "handle"),
    [(1, None, "h1"), ("GPU-2222", None, "h1"), (0, SECOND, "h1"), ("GPU-1111", SECOND, "h1")],
)
def test_of_whole_gpus_torchs_uuid_counts_before_what_is_visible(
    wanted: int | str, uuid: str | None, handle: str
) -> None:
    tape = Replay(RECORDINGS / "nvml_by_hand_two_gpus.json")
    assert lookup.find(tape, wanted, uuid).name == handle


@pytest.mark.parametrize(
    ("wanted", "uuid", "handle"),
    [
        (0, None, "m0"),  # CUDA takes the first; the place before it is empty
        ("GPU-2222", None, "m0"),
        (0, f"{PART}1", "m1"),
        (0, SECOND, "m0"),  # a driver that gives the UUID of the GPU
        (f"MIG-{PART}0", None, "m0"),
        (f"MIG-{PART}0", SECOND, "m0"),
    ],
)
def test_in_mig_mode_it_is_a_part(
    divided: Replay, wanted: int | str, uuid: str | None, handle: str
) -> None:
    assert lookup.find(divided, wanted, uuid).name == handle


def test_a_part_may_be_named_as_drivers_before_470_do(divided: Replay) -> None:
    divided.put("nvmlDeviceGetHandleByUUID", ["MIG-GPU-2222/1/0"], [{"handle": "m1"}])
    assert lookup.find(divided, "MIG-GPU-2222/1/0", SECOND).name == "m1"


def test_a_gpu_that_shows_none_of_its_parts_is_taken_whole(divided: Replay) -> None:
    divided.put("nvmlDeviceGetMaxMigDeviceCount", [H0], [0])
    assert lookup.find(divided, 0, None).name == "h0"
    assert lookup.find(divided, 0, SECOND).name == "h0"


def test_a_uuid_that_no_device_has_is_told(divided: Replay) -> None:
    with pytest.raises(NotVisibleError, match=f"no device's UUID begins with {PART}7"):
        lookup.find(divided, 0, f"{PART}7")


@pytest.mark.parametrize("name", ["nvmlDeviceGetMigMode", "nvmlDeviceGetMaxMigDeviceCount"])
def test_a_lost_gpu_is_no_gpu_without_parts(divided: Replay, name: str) -> None:
    divided.put(name, [H0], [{"error": pynvml.NVML_ERROR_GPU_IS_LOST}])
    with pytest.raises(pynvml.NVMLError, match="GPU is lost"):
        lookup.find(divided, 0, None)


def test_a_lost_part_is_none_that_was_removed(divided: Replay) -> None:
    lost = {"error": pynvml.NVML_ERROR_GPU_IS_LOST}
    divided.put("nvmlDeviceGetMigDeviceHandleByIndex", [H0, 0], [lost])
    with pytest.raises(pynvml.NVMLError, match="GPU is lost"):
        lookup.find(divided, 0, None)
