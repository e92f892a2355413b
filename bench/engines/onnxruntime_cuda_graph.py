"""ONNX Runtime with its CUDA execution provider, captured by it as a CUDA graph and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import onnxruntime

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = onnxruntime.KINDS
FORM = "onnx"
PRECISIONS = {"cuda": onnxruntime.PRECISIONS["cuda"]}
LIBRARY = "onnxruntime"
GPU_PROVIDER = onnxruntime.GPU_PROVIDER


def preload() -> None:
    """Import torch as well, whose tensors are the buffers: else each worker would do it."""
    import torch  # noqa: F401

    onnxruntime.preload()


def load(artifact: Artifact, target: Target) -> Session:
    """Create a session; the graph is captured with the first batch, whose shapes are its own."""
    return onnxruntime.load_on_gpu(artifact, target, graph=True)
