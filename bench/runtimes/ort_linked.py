"""Which TensorRT this build of ONNX Runtime is linked to, as the file of its provider says."""

from __future__ import annotations

import re
from pathlib import Path

PROVIDER = Path("capi/libonnxruntime_providers_tensorrt.so")  # within onnxruntime's folder
LINKED = re.compile(rb"libnvinfer\.so\.(\d+)\0")  # a name among those that the loader looks for


def tensorrt_major() -> str | None:
    """Such as "10", the first part of TensorRT's version; None where no file says it."""
    import onnxruntime as ort

    file = Path(ort.__file__).parent / PROVIDER
    found = LINKED.search(file.read_bytes()) if file.is_file() else None
    return found[1].decode() if found else None
