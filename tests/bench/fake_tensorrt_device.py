"""The device that the fake TensorRT's engines run on: memory of the CPU, a stream, graphs.

A buffer that is gone and inputs that are still being copied are errors here.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from tests.bench.fake_cuda import SPOILT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.bench.fake_tensorrt_run import Context

STREAM = 4711


class Misuse(AssertionError):  # noqa: N818 - as in "that is a misuse"
    """What the real library would not survive, or would do slowly and without a word."""


class FakeDevice:
    """Implements bench.tensorrt.session.Device on the CPU, and knows which buffers still live."""

    name = "cuda:0"
    title = "Abacus 9000"
    stopwatch = None

    def __init__(self, handle: int = STREAM) -> None:
        self.handle = handle
        self.is_copying = False
        self.is_capturing = False
        self.is_graph_stale = False  # set by a test: a replay that writes to other addresses
        self.is_graph_deaf = False  # set by a test: a replay of what inputs were when it was made
        self.waited = 0
        self.replays = 0
        self.captured: list[tuple[Context, dict[str, int]]] = []
        self._live: dict[int, weakref.ref[torch.Tensor]] = {}

    def put(self, array: NDArray[Any]) -> torch.Tensor:
        self.is_copying = True
        return self._known(torch.from_numpy(array.copy()))

    def empty(self, shape: tuple[int, ...], dtype: str) -> torch.Tensor:
        assert dtype == "FLOAT"
        return self._known(torch.full(shape, float("nan")))

    def join(self) -> None:
        self.is_copying = False

    def synchronize(self) -> None:
        if self.is_capturing:
            msg = "operation not permitted when stream is capturing"
            raise RuntimeError(msg)
        self.waited += 1

    def copy(self, into: torch.Tensor, of: torch.Tensor) -> None:
        if self.is_copying:
            msg = "inputs are still being copied"
            raise Misuse(msg)
        self.at(into.data_ptr()).copy_(self.at(of.data_ptr()))

    def capture(self, launch: Callable[[], object]) -> Callable[[], object]:
        """A replay does what was launched, at the same addresses, whose buffers must still live."""
        self.is_capturing, self.captured = True, []
        try:
            launch()
        except RuntimeError as error:
            raise RuntimeError(SPOILT) from error
        finally:
            self.is_capturing = False
        steps = self.captured
        then = {at: self.at(at).clone() for _, places in steps for at in places.values()}

        def replay() -> None:
            self.replays += 1
            for at, values in then.items() if self.is_graph_deaf else ():
                self.at(at).copy_(values)
            for context, addresses in [] if self.is_graph_stale else steps:
                context.compute(addresses)

        return replay

    def _known(self, tensor: torch.Tensor) -> torch.Tensor:
        self._live[tensor.data_ptr()] = weakref.ref(tensor)
        return tensor

    def at(self, address: int) -> torch.Tensor:
        found = self._live[address]() if address in self._live else None
        if found is None:
            msg = "a buffer that is gone"
            raise Misuse(msg)
        return found
