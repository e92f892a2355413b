from __future__ import annotations

import pytest
import torch

from bench.device import failure
from bench.workers.session import EngineError

ILLEGAL = """CUDA error: an illegal memory access was encountered
Search for `cudaErrorIllegalAddress' in https://docs.nvidia.com/ for more information.
"""
# Of ONNX Runtime on CUDA, as users of it have reported it.
ARENA = """[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running
Conv node. Name:'/stage/Conv' Status Message: /onnxruntime_src/core/framework/bfc_arena.cc:376
void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*)
Failed to allocate memory for requested buffer of size 77
"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
            "the device's memory is full: CUDA out of memory. Tried to allocate 2.00 GiB.",
        ),
        (
            torch.AcceleratorError(ILLEGAL),
            "illegal access on the device: CUDA error: an illegal memory access was encountered",
        ),
        (
            RuntimeError(
                "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
            ),
            "the device's memory is full: CUDA error: CUBLAS_STATUS_ALLOC_FAILED",
        ),
        (
            RuntimeError(ARENA),
            "the device's memory is full: Failed to allocate memory for requested buffer of size",
        ),
        (
            torch.AcceleratorError("CUDA error: unspecified launch failure"),
            "illegal access on the device: CUDA error: unspecified launch failure",
        ),
        (
            RuntimeError("CUDA error: uncorrectable ECC error encountered"),
            "the device is lost: CUDA error: uncorrectable ECC error encountered",
        ),
        (
            RuntimeError("CUDA error: no CUDA-capable device is detected"),
            "no device is seen: CUDA error: no CUDA-capable device is detected",
        ),
        (EngineError("NVML: GPU is lost"), "the device is lost: NVML: GPU is lost"),
        (EngineError("NVML: GPU requires restart"), "the device is lost: NVML: GPU requires"),
        (RuntimeError("CUDA error: invalid argument"), "error on the device: CUDA error: "),
    ],
)
def test_what_happened_to_the_device_is_said_in_one_line(error: Exception, said: str) -> None:
    found = failure.of(error) or ""
    assert found.startswith(said)
    assert "\n" not in found


@pytest.mark.parametrize(
    "error",
    [MemoryError("out of memory"), ValueError("a wrong value"), RuntimeError("no CUDA driver")],
)
def test_other_errors_leave_the_device_alone(error: Exception) -> None:
    assert failure.of(error) is None
