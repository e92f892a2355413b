"""Whether a plan runs here: TensorRT-RTX builds for GPUs that it has not seen, and can be asked."""

from __future__ import annotations

from typing import Any

from bench.tensorrt import library as tensorrt_library
from bench.workers.session import EngineError, Unavailable

# What is said of a plan where the machine is not one that the library runs on.
TOO_OLD = frozenset({"UNSUPPORTED_CC", "OLD_CUDA_DRIVER", "OLD_CUDA_RUNTIME"})


def check(trt: Any, runtime: Any, plan: bytes, device: str) -> None:  # noqa: ANN401 - untyped
    """Refuse a plan that the library calls invalid; TensorRT, which cannot be asked, takes all.

    Args:
        trt: the library.
        runtime: its own.
        plan: what is to be loaded.
        device: the GPU's name.

    Raises:
        Unavailable: the machine is too old, or none that the library knows.
        EngineError: something is broken, a driver for one, which may have no reason but what the
            library logs.
    """
    if not hasattr(runtime, "get_engine_validity"):
        return
    validity, diagnostics = runtime.get_engine_validity(plan)
    if validity != trt.EngineValidity.INVALID:
        return
    reasons = trt.EngineInvalidityDiagnostics.__members__.items()
    found = [name for name, value in reasons if int(value) & int(diagnostics)]
    logged = tensorrt_library.log(trt).taken()
    title = tensorrt_library.title(trt)
    msg = f"{title} cannot run this plan on {device}: {', '.join(found) or logged}"
    raise Unavailable(msg) if found and TOO_OLD.issuperset(found) else EngineError(msg)
