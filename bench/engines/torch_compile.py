"""PyTorch compiled by torch.compile with its default backend, Inductor."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from bench.runtimes.torch_session import TorchSession, load_module

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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
    """Import torch and the compiler, whole: the first compilation imports most of it.

    Without it each forked worker would spend a second and a half on the same imports.
    """
    import torch

    import models  # noqa: F401

    with suppress(ImportError):
        from tqdm import tqdm  # the compiler shows its progress by it where it is installed

        tqdm.monitor_interval = 0  # else it starts a thread, which a fork would not survive
    if torch.cuda.is_available():
        for name in _imported_by_compiling():
            with suppress(ImportError):
                importlib.import_module(name)
    else:
        _compile()


def _compile() -> None:
    import torch

    with torch.inference_mode():
        torch.compile(torch.nn.ReLU(), dynamic=False)(torch.zeros(2, 3))
    torch._dynamo.reset()  # noqa: SLF001 - the documented way to forget what was compiled


def _imported_by_compiling() -> list[str]:
    """Modules that a compilation imports, found in a process of its own.

    Also for a CPU the compiler reads the state of every GPU that it sees, and a process that has
    talked to one can no longer be forked.
    """
    forking = multiprocessing.get_context("fork")
    receiver, sender = forking.Pipe(duplex=False)
    process = forking.Process(target=_report_imports, args=(sender,))
    process.start()
    sender.close()
    names: list[str] = []
    with suppress(EOFError):  # it failed: workers will say how, each for itself
        names = receiver.recv()
    process.join()
    return names


def _report_imports(sender: Connection) -> None:
    before = set(sys.modules)
    _compile()
    sender.send([name for name in sys.modules if name not in before])


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the one shape that the first call will bring."""
    import torch

    module = load_module(artifact, target)
    compiled = torch.compile(module, dynamic=False, fullgraph=False)
    return TorchSession(compiled, module, target)
