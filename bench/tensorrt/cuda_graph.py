"""A session over a TensorRT engine whose kernels were captured as one CUDA graph by torch.

The order is that of TensorRT's documents: after any change of shapes one plain run, so that what
depends on them is settled; a wait; the capture. Whether a replay computes what a plain run does is
looked at once, because a graph that reads old addresses gives old answers without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.tensorrt.session import TensorRtSession
from bench.workers.session import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from bench.tensorrt.session import Loaded
    from bench.workers.session import Batch, Call


class GraphSession(TensorRtSession):
    """One graph, which reads inputs of its own: each call copies its batch into them."""

    def __init__(self, own: Loaded, facts: dict[str, str]) -> None:
        super().__init__(own, facts)
        copied = "inputs are copied into the graph's own before each replay"
        self.facts = {**facts, "cuda_graph": f"captured by torch; {copied}"}
        self._replay: Callable[[], object] | None = None
        self._inputs: dict[str, Tensor] = {}
        self._kept: list[Tensor] = []  # where the graph writes

    def _bind(self, batch: Batch) -> tuple[Call, list[Tensor]]:
        if self._replay is None:
            self._capture(batch)
        given = {name: self._device.put(array) for name, array in batch.items()}
        self._check_shapes(given)
        self._device.join()
        pairs = [(self._inputs[name], tensor) for name, tensor in given.items()]
        copy, replay = self._device.copy, self._replay

        def call() -> object:
            for own, tensor in pairs:
                copy(own, tensor)
            return replay() if replay else None

        return call, self._kept

    def _check_shapes(self, given: Mapping[str, Tensor]) -> None:
        """A graph has the shapes that it was captured with."""
        for name, tensor in given.items():
            if tensor.shape != self._inputs[name].shape:
                has, got = tuple(self._inputs[name].shape), tuple(tensor.shape)
                msg = f"the graph was captured for {name} of shape {has}, not {got}"
                raise EngineError(msg)

    def _capture(self, batch: Batch) -> None:
        """Run plainly, capture, and compare.

        Raises:
            EngineError: a replay does not give what the plain run gave.
        """
        plain, outputs = super()._bind(batch)
        tensors: Any = plain()
        self.synchronize()
        wanted = [output.clone() for output in outputs]
        self._replay = self._device.capture(plain)
        self._inputs = {name: tensors[name] for name in batch}
        self._kept = outputs
        for output in outputs:
            output.zero_()
        self._device.join()
        self._replay()
        self.synchronize()
        for output, before in zip(outputs, wanted, strict=True):
            if not output.equal(before):
                msg = "a replay of the CUDA graph does not give what the engine gave before"
                raise EngineError(msg)
