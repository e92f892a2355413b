"""PyTorch as it is written, captured once as a CUDA graph and replayed: one launch a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import eager

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = eager.KINDS
FORM = "module"
PRECISIONS = {"cuda": eager.PRECISIONS["cuda"]}
LIBRARY = "torch"
preload = eager.preload


def load(artifact: Artifact, target: Target) -> Session:
    """Build the module; the graph is captured with the first batch, whose shapes are its own."""
    from bench.runtimes.cuda_graph import GraphSession
    from bench.runtimes.torch_session import load_module

    module = load_module(artifact, target)
    return GraphSession(module, module, target)
