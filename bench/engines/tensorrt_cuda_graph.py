"""TensorRT whose kernels are launched together, as a CUDA graph; plans are those of `tensorrt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import tensorrt

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = tensorrt.KINDS
FORM = "onnx"
LIBRARY = tensorrt.LIBRARY
QUANTISERS = tensorrt.QUANTISERS
PRECISIONS = {"cuda": tensorrt.OFFERED}
preload = tensorrt.preload
build = tensorrt.build


def load(artifact: Artifact, target: Target) -> Session:
    """Load the plan; the graph is captured with the first batch, or by TensorRT-RTX itself."""
    return tensorrt.loaded(artifact, target, graph=True)
