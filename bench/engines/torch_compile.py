"""PyTorch compiled by torch.compile with its default backend, Inductor."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from bench.device.fork_safety import parts_hidden
from bench.runtimes.compiled import CompiledSession
from bench.runtimes.torch_session import load_module

if TYPE_CHECKING:
    from collections.abc import Callable

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
Answer = TypeVar("Answer")


def preload() -> None:
    """Import torch and the compiler, whole: the first compilation imports most of it.

    Without it each forked worker would spend a second and a half on the same imports.
    """
    import torch

    import models  # noqa: F401

    with suppress(ImportError):
        from tqdm import tqdm  # the compiler shows its progress by it where it is installed

        tqdm.monitor_interval = 0  # else it starts a thread, which a fork would not survive
    # Of a part of a GPU (MIG), or without NVML, torch asks the driver, and a process that has asked
    # it can no longer be forked.
    has_gpu = torch.version.cuda is not None and _elsewhere(torch.cuda.is_available) is not False
    if has_gpu:
        for name in _elsewhere(_imported_by_compiling) or ():
            with suppress(ImportError), parts_hidden():  # some ask when they are imported
                importlib.import_module(name)
    else:
        _compile()


def _compile() -> None:
    import torch

    with torch.inference_mode():
        torch.compile(torch.nn.ReLU(), dynamic=False)(torch.zeros(2, 3))
    torch._dynamo.reset()  # noqa: SLF001 - the documented way to forget what was compiled


def _elsewhere(answer: Callable[[], Answer]) -> Answer | None:
    """What a function returns in a process of its own; None if it failed there."""
    forking = multiprocessing.get_context("fork")
    receiver, sender = forking.Pipe(duplex=False)
    process = forking.Process(target=lambda: sender.send(answer()))
    process.start()
    sender.close()
    found: Answer | None = None
    with suppress(EOFError):  # it failed: workers will say how, each for itself
        found = receiver.recv()
    process.join()
    return found


def _imported_by_compiling() -> list[str]:
    """Modules that a compilation imports; the fork server must stay fit to be forked without them.

    Also for a CPU the compiler reads the state of every GPU that it sees.
    """
    before = set(sys.modules)
    _compile()
    return [name for name in sys.modules if name not in before]


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the one shape that the first call will bring."""
    import torch

    module = load_module(artifact, target)
    compiled = torch.compile(module, dynamic=False, fullgraph=False)
    return CompiledSession(compiled, module, target)
