"""PyTorch compiled by Inductor with its weights frozen: constants of the code, packed beforehand.

Inductor can then choose other kernels: convolutions of oneDNN that hold their weights in its own
layout and apply batch norm and ReLU themselves, and matrix products packed for MKL. What such code
holds can no longer be trained or loaded anew.

There is no engine for `max-autotune` on a CPU: it chooses between kernels of matrix products, and
docs/techniques.md says what that did here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import torch_compile

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = torch_compile.KINDS
FORM = "module"
PRECISIONS = {"cpu": frozenset({"fp32", "bf16"})}
LIBRARY = "torch"


def preload() -> None:
    """The same as for torch_compile, with what freezing imports."""
    import torch._inductor.config

    # Not an option of torch.compile: that comes too late for the weights, which stay arguments.
    torch._inductor.config.freezing = True  # noqa: SLF001 - its documented place
    torch_compile.preload()


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the one shape that the first call will bring."""
    return torch_compile.load(artifact, target)
