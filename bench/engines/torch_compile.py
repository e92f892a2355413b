"""PyTorch compiled by torch.compile with its default backend, Inductor."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bench.torch_session import TorchSession, load_module

if TYPE_CHECKING:
    from bench.artifact import Artifact
    from bench.session import Session
    from bench.target import Target

KINDS = frozenset({"family", "exported", "factory"})
FORM = "module"
PRECISIONS = {
    "cpu": frozenset({"fp32", "bf16"}),
    "cuda": frozenset({"fp32", "tf32", "bf16", "fp16"}),
}
LIBRARY = "torch"


def preload() -> None:
    """Import torch and the compiler, whole: the first compilation imports most of it.

    Without it each forked worker would spend a second and a half on the same imports.
    """
    import torch

    import models  # noqa: F401

    with suppress(ImportError):
        from tqdm import tqdm  # the compiler shows its progress by it where it is installed

        tqdm.monitor_interval = 0  # else it starts a thread, which a fork would not survive
    with torch.inference_mode():
        torch.compile(torch.nn.ReLU(), dynamic=False)(torch.zeros(2, 3))
    torch._dynamo.reset()  # noqa: SLF001 - the documented way to forget what was compiled


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the one shape that the first call will bring."""
    import torch

    module = load_module(artifact, target)
    compiled = torch.compile(module, dynamic=False, fullgraph=False)
    return TorchSession(compiled, module, target)
