"""Sessions over torch modules whose kernels are launched together, as a CUDA graph.

The method's source: PyTorch's notes, "CUDA Graphs". Before it is captured a module runs on a side
stream, so that libraries choose their kernels and allocate what they keep outside the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.runtimes.torch_session import TorchSession
from bench.workers.session import EngineError, short_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from bench.workers.target import Target

WARM_UPS = 3  # calls before the capture, as PyTorch's notes have it


class GraphSession(TorchSession):
    """One graph, which reads inputs of its own: each call copies its batch into them."""

    def __init__(self, call: Callable[..., Any], module: nn.Module, target: Target) -> None:
        super().__init__(call, module, target)
        self._plain = call
        self._call = self._replay
        self._graph: Any = None
        self._inputs: list[Tensor] = []
        self._outputs: Any = None
        copied = "inputs are copied into the graph's own before each replay"
        self.facts |= {"cuda_graph": f"one of the whole network; {copied}"}

    def _replay(self, *tensors: Tensor) -> Any:  # noqa: ANN401 - whatever the module returns
        if self._graph is None:
            self._capture(tensors)
        for own, given in zip(self._inputs, tensors, strict=True):
            own.copy_(given)
        self._graph.replay()
        return self._outputs

    def _capture(self, tensors: Sequence[Tensor]) -> None:
        """Record what the module launches for these shapes.

        Raises:
            EngineError: it does what no graph can hold, such as waiting for the device.
        """
        import torch

        self._inputs = [tensor.clone() for tensor in tensors]
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                self._plain(*self._inputs)
        torch.cuda.current_stream(self._device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        try:
            # thread_local: threads of the libraries may allocate meanwhile.
            with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
                self._outputs = self._plain(*self._inputs)
        except RuntimeError as error:
            # What went wrong within, torch hides behind its own error of ending the capture.
            first = error.__context__ if isinstance(error.__context__, RuntimeError) else error
            msg = f"the network cannot be captured as a CUDA graph: {short_reason(first)}"
            raise EngineError(msg) from error
        self._graph = graph


class InductorGraphSession(TorchSession):
    """What Inductor compiled to be replayed; whether it is, its counters say after a call."""

    def synchronize(self) -> None:
        """Wait, and make sure that nothing was left out of the graphs.

        Raises:
            EngineError: Inductor ran some of the network without a graph.
        """
        super().synchronize()
        from torch._dynamo.utils import counters

        if skipped := counters["inductor"]["cudagraph_skips"]:
            msg = f"Inductor made no CUDA graph of {skipped} parts of the network"
            raise EngineError(msg)
