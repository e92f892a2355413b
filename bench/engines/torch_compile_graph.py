"""PyTorch compiled by Inductor in mode "reduce-overhead", which replays CUDA graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import torch_compile

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = torch_compile.KINDS
FORM = "module"
PRECISIONS = {"cuda": torch_compile.PRECISIONS["cuda"]}
LIBRARY = "torch"
preload = torch_compile.preload


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the one shape that the first call will bring."""
    import torch

    from bench.runtimes.cuda_graph import InductorGraphSession
    from bench.runtimes.torch_session import load_module

    module = load_module(artifact, target)
    compiled = torch.compile(module, dynamic=False, fullgraph=False, mode="reduce-overhead")
    return InductorGraphSession(compiled, module, target)
