"""Errors after which a process can no longer use its GPU, or should give its memory back.

After an illegal access every call of the process fails; what it allocated is freed when it ends.
"""

from __future__ import annotations

# What the texts of torch, CUDA, ONNX Runtime, TensorRT and NVML have in common, in lower case.
FULL = "the device's memory is full"
KINDS = {
    FULL: (
        "out of memory",
        "outofmemory",
        "cuda failure 2:",
        "status_alloc_failed",
    ),
    "illegal access on the device": (
        "illegal memory access",
        "illegaladdress",
        "misaligned address",
        "unspecified launch failure",  # an exception in a kernel, such as a bad pointer
    ),
    "the device is lost": (
        "gpu is lost",
        "device is lost",
        "requires restart",  # as NVML says that it must be reset
        "uncorrectable ecc",
    ),
    "no device is seen": ("no cuda-capable device",),
}
# ONNX Runtime's, after lines that name no device: whatever its arena lies in is full.
ARENA = "failed to allocate memory for requested buffer"
DEVICE = ("cuda", "nvml", "gpu", "cudnn", "cublas", "tensorrt")


def of(error: BaseException) -> str | None:
    """What happened to the device, with the first line of the error; None if nothing did."""
    text = f"{type(error).__name__}: {error}"
    low = text.lower()
    if ARENA in low:
        line = text[low.index(ARENA) :]
        return f"{FULL}: {line.splitlines()[0]}"
    if not any(word in low for word in DEVICE):
        return None
    line = next((each.strip() for each in str(error).splitlines() if each.strip()), "no message")
    for kind, words in KINDS.items():
        if any(word in low for word in words):
            return f"{kind}: {line}"
    return f"error on the device: {line}" if "cuda error" in low else None
