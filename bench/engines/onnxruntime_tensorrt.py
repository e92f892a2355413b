"""ONNX Runtime with its TensorRT execution provider, and its CUDA one for what that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import onnxruntime
from bench.tensorrt import library as tensorrt_library
from bench.workers.session import Unavailable

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = onnxruntime.KINDS
FORM = "onnx"
PRECISIONS = {"cuda": frozenset({"fp32", "tf32", "fp16"})}
LIBRARY = "onnxruntime"
GPU_PROVIDER = "TensorrtExecutionProvider"
GPU_LIBRARY = "tensorrt"  # what that is linked to, and no part of onnxruntime
# Without torch: NVIDIA's libraries come with it, and NVIDIA_TF32_OVERRIDE is to be set before them.
preload = onnxruntime.preload


def load(artifact: Artifact, target: Target) -> Session:
    """Create a session; its engine is built at the first call, and kept for later processes."""
    import models
    from bench.runtimes import ort_cuda

    kept = models.cache_folder() / "onnxruntime-tensorrt"
    # The provider tells engines apart by the names in their graphs, not by weights, shapes or TF32.
    own = f"{artifact.facts['model_sha256']}-{target.precision}-b{target.batch_size}"
    (kept / own).mkdir(parents=True, exist_ok=True)
    wanted = {
        ort_cuda.TENSORRT: ort_cuda.tensorrt_options(target.precision, kept / own, kept),
        ort_cuda.CUDA: ort_cuda.cuda_options(target.precision),
    }
    _load_libraries()
    options = onnxruntime.session_options(target)
    return ort_cuda.load(artifact.path, options, target, wanted, graph=False)


def _load_libraries() -> None:
    """Bring TensorRT's libraries into this process: those of its wheel are on no search path.

    Raises:
        Unavailable: they are not installed, cannot be loaded, or are not of the version that this
            build of onnxruntime is linked to.
    """
    from bench.runtimes import ort_linked

    has = str(tensorrt_library.imported(GPU_LIBRARY).__version__)
    wanted = ort_linked.tensorrt_major()
    if wanted not in {None, has.partition(".")[0]}:
        msg = (
            f"this build of onnxruntime is linked to TensorRT {wanted}, and {has} is installed; "
            f"pip install 'tensorrt=={wanted}.*'"
        )
        raise Unavailable(msg)
