"""TensorRT with one engine for all batch sizes, where `tensorrt` has one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import tensorrt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.preparation.artifact import Artifact
    from bench.workers.target import Target

KINDS = tensorrt.KINDS
FORM = "onnx"
LIBRARY = tensorrt.LIBRARY
QUANTISERS = tensorrt.QUANTISERS
PRECISIONS = tensorrt.PRECISIONS
ONLY_BUILT = tensorrt.ONLY_BUILT
preload = tensorrt.preload
load = tensorrt.load


def build(artifact: Artifact, target: Target, report: Callable[[str, float], None]) -> Artifact:
    """The engine of this graph, its profile from batch size 1 on, compiled here or earlier."""
    return tensorrt.built(artifact, target, report, dynamic=True)
