"""A session over a TensorRT engine whose kernels are launched together, as one CUDA graph.

The order is that of TensorRT's documents: after any change of shapes one plain run, so that what
depends on them is settled; a wait; the capture. Whether a replay computes what a plain run does is
looked at once, for two sets of inputs, because a graph that reads old addresses gives old answers
without a word. TensorRT-RTX captures by itself, and must not be captured; its inputs stay in their
places all the same, so that there is nothing for it to capture anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.tensorrt.session import TensorRtSession
from bench.workers.session import EngineError, short_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from bench.tensorrt.session import Loaded
    from bench.workers.session import Batch, Call


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors hold the same; a NaN, which an engine may well give, is one here."""
    return one.allclose(other, rtol=0, atol=0, equal_nan=True)


class GraphSession(TensorRtSession):
    """One graph, which reads inputs of its own: each call copies its batch into them."""

    def __init__(self, own: Loaded, facts: dict[str, str], *, by_itself: bool) -> None:
        """Nothing is captured yet.

        Args:
            own: the engine.
            facts: what was read back from it.
            by_itself: whether the library captures what it is told to run.
        """
        super().__init__(own, facts)
        whose = "the library's own" if by_itself else "captured by torch"
        copied = "inputs are copied into the graph's own before each replay"
        self.facts = {**facts, "cuda_graph": f"{whose}; {copied}"}
        self._by_itself = by_itself
        self._replay: Callable[[], object] | None = None
        self._inputs: dict[str, Tensor] = {}
        self._kept: list[Tensor] = []  # where the graph writes

    def _bind(self, batch: Batch) -> tuple[Call, list[Tensor]]:
        replay = self._replay or self._captured(batch)
        given = {name: self._device.put(array) for name, array in batch.items()}
        self._check_shapes(given)
        self._device.join()

        def call() -> object:
            self._take(given)
            return replay()

        return call, self._kept

    def _check_shapes(self, given: Mapping[str, Tensor]) -> None:
        """A graph has the shapes that it was captured with."""
        for name, tensor in given.items():
            if tensor.shape != self._inputs[name].shape:
                has, got = tuple(self._inputs[name].shape), tuple(tensor.shape)
                msg = f"the graph was captured for {name} of shape {has}, not {got}"
                raise EngineError(msg)

    def _take(self, given: Mapping[str, Tensor]) -> None:
        """Have the stream copy these into the graph's own inputs."""
        copy, inputs = self._device.copy, self._inputs
        for name, tensor in given.items():
            copy(inputs[name], tensor)

    def _captured(self, batch: Batch) -> Callable[[], object]:
        """Run plainly, capture, and compare for this batch and for another one.

        Raises:
            EngineError: the engine cannot be captured, or a replay does not give what a plain run
                gives.
        """
        plain, self._kept = super()._bind(batch)
        tensors: Any = plain()
        self.synchronize()
        self._inputs = {name: tensors[name] for name in batch}
        if self._by_itself:
            self._replay = plain
            return plain
        self._replay = replay = self._capture(plain)
        # Turned round in every axis: other values in their places, and none that is not allowed.
        for values in (batch, {name: np.flip(array).copy() for name, array in batch.items()}):
            self._compare(plain, replay, values)
        return replay

    def _capture(self, plain: Callable[[], object]) -> Callable[[], object]:
        """Capture; torch hides what goes wrong within behind its own error of ending it."""
        try:
            return self._device.capture(plain)
        except RuntimeError as error:
            first = error.__context__ if isinstance(error.__context__, EngineError) else error
            msg = f"the engine cannot be captured as a CUDA graph: {short_reason(first)}"
            raise EngineError(msg) from error

    def _compare(
        self, plain: Callable[[], object], replay: Callable[[], object], values: Batch
    ) -> None:
        given = {name: self._device.put(array) for name, array in values.items()}
        self._device.join()
        self._take(given)
        plain()
        self.synchronize()
        wanted = [output.clone() for output in self._kept]
        for output in self._kept:
            output.zero_()
        self._device.join()
        replay()
        self.synchronize()
        for output, before in zip(self._kept, wanted, strict=True):
            if not same(output, before):
                msg = "a replay of the CUDA graph does not give what the engine gives without it"
                raise EngineError(msg)
