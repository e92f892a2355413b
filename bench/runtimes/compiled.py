"""Sessions of what torch.compile compiled; it runs a model as it is written without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.runtimes.torch_session import TorchSession
from bench.workers.session import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from bench.workers.target import Target


class Graphs:
    """The graphs that were compiled in this process since this object was made."""

    def __init__(self) -> None:
        self._before = self._all()

    def check(self) -> None:
        """Make sure, after a call, that there is one.

        Raises:
            EngineError: there is none.
        """
        if self._all() == self._before:
            msg = (
                "torch.compile compiled nothing of the model, and ran it as it is written: it is "
                "marked with torch.compiler.disable, or TORCHDYNAMO_DISABLE or "
                "TORCH_COMPILE_DISABLE is set in the environment; unset them, or measure it eagerly"
            )
            raise EngineError(msg)

    @staticmethod
    def _all() -> int:
        from torch._dynamo.utils import counters

        return int(counters["stats"]["unique_graphs"])


class CompiledSession(TorchSession):
    """What torch.compile made of a module; the first call compiles."""

    def __init__(self, call: Callable[..., Any], module: nn.Module, target: Target) -> None:
        super().__init__(call, module, target)
        self._graphs = Graphs()

    def synchronize(self) -> None:
        """Wait, and make sure that something was compiled.

        Raises:
            EngineError: nothing was.
        """
        super().synchronize()
        self._graphs.check()
