"""PyTorch as it is written: each operator called from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.runtimes.torch_session import TorchSession, load_module

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = frozenset({"family", "exported", "factory"})
FORM = "module"
PRECISIONS = {
    "cpu": frozenset({"fp32", "bf16"}),
    "cuda": frozenset({"fp32", "tf32", "bf16", "fp16"}),
}
LIBRARY = "torch"


def preload() -> None:
    """Import torch and the model folder."""
    import torch  # noqa: F401

    import models  # noqa: F401


def load(artifact: Artifact, target: Target) -> Session:
    """Build the module; nothing is compiled."""
    module = load_module(artifact, target)
    return TorchSession(module, module, target)
