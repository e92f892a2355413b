"""ONNX Runtime with its TensorRT execution provider, and its CUDA one for what that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import onnxruntime

if TYPE_CHECKING:
    from bench.artifact import Artifact
    from bench.session import Session
    from bench.target import Target

KINDS = onnxruntime.KINDS
FORM = "onnx"
PRECISIONS = {"cuda": frozenset({"fp32", "tf32", "fp16"})}
LIBRARY = "onnxruntime"
GPU_PROVIDER = "TensorrtExecutionProvider"
preload = onnxruntime.preload


def load(artifact: Artifact, target: Target) -> Session:
    """Create a session; its engine is built at the first call, and kept for later processes."""
    import models
    from bench import ort_cuda

    cache = models.cache_folder() / "onnxruntime-tensorrt"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = {
        ort_cuda.TENSORRT: ort_cuda.tensorrt_options(target.precision, str(cache)),
        ort_cuda.CUDA: {"use_tf32": "1" if target.precision == "tf32" else "0"},
    }
    options = onnxruntime.session_options(target)
    return ort_cuda.load(artifact.path, options, target, wanted, graph=False)
