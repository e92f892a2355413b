"""The part of torch that TensorRT needs: device memory, and a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.device.opened import open_device
from bench.device.stopwatch import TorchStopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

# TensorRT's name of a type to torch's.
DTYPES = {
    "FLOAT": "float32",
    "HALF": "float16",
    "BF16": "bfloat16",
    "INT64": "int64",
    "INT32": "int32",
    "INT8": "int8",
    "UINT8": "uint8",
    "BOOL": "bool",
}


class TorchDevice:
    """One CUDA device, made current for this process."""

    def __init__(self, name: str, precision: str) -> None:
        """Open it.

        Args:
            name: "cuda:0".
            precision: in which it is to compute.

        Raises:
            Unavailable: this build of torch cannot use it, or it has no arithmetic for the
                precision.
        """
        import torch

        open_device(name, precision)
        self.name = name
        self.title = torch.cuda.get_device_name(name)
        self.capability = torch.cuda.get_device_capability(name)
        # On the default stream TensorRT adds waits of its own.
        self._stream = torch.cuda.Stream(name)  # type: ignore[no-untyped-call]
        self.stopwatch = TorchStopwatch(name, self._stream)

    @property
    def handle(self) -> int:
        """The stream, as TensorRT takes it."""
        return int(self._stream.cuda_stream)

    def put(self, array: NDArray[Any]) -> Tensor:
        """A copy on the device."""
        import torch

        return torch.from_numpy(array).to(self.name)

    def empty(self, shape: tuple[int, ...], dtype: str) -> Tensor:
        """Room for an output; its type by TensorRT's name."""
        import torch

        return torch.empty(shape, dtype=getattr(torch, DTYPES[dtype]), device=self.name)

    def copy(self, into: Tensor, of: Tensor) -> None:
        """Have the stream copy a tensor of the device into another."""
        import torch

        with torch.cuda.stream(self._stream):
            into.copy_(of, non_blocking=True)

    def capture(self, launch: Callable[[], object]) -> Callable[[], object]:
        """What the call launches, as a graph: a call that replays it on the stream."""
        import torch

        graph = torch.cuda.CUDAGraph()
        # thread_local: threads of the libraries may allocate meanwhile.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            launch()

        def replay() -> None:
            with torch.cuda.stream(self._stream):
                graph.replay()

        return replay

    def join(self) -> None:
        """Have the stream wait for what was copied before."""
        import torch

        self._stream.wait_stream(torch.cuda.current_stream(self.name))

    def synchronize(self) -> None:
        """Wait for everything on the stream."""
        self._stream.synchronize()
