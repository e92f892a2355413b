"""The GPU's own clock: CUDA events, which the device stamps when it comes to them in a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch.cuda import Event, Stream


class Stopwatch(Protocol):
    """Marks in the order of the work on a device; in tests a device with scripted times."""

    @property
    def l2_bytes(self) -> int:
        """Size of the last cache before memory."""
        ...

    @property
    def uuid(self) -> str:
        """By which NVML knows the device, without "GPU-"."""
        ...

    def new(self) -> Any:  # noqa: ANN401 - what a mark is, only the stopwatch knows
        """A mark that is not set; making one takes host time that belongs in no measurement."""
        ...

    def set(self, mark: Any) -> None:  # noqa: ANN401
        """Have the device stamp the mark when all work before is done. Returns at once."""
        ...

    def seconds(self, first: Any, second: Any) -> float:  # noqa: ANN401
        """The time between two marks that the device has passed."""
        ...

    def allocated_bytes(self) -> int:
        """What torch's allocator has in use on the device now."""
        ...

    def peak_bytes(self) -> int:
        """The most that it has had in use."""
        ...


class TorchStopwatch:
    """Events of torch on one stream; by CUDA's documents they resolve about half a microsecond."""

    def __init__(self, device: str, stream: Stream | None = None) -> None:
        """Nothing is timed yet.

        Args:
            device: "cuda:0", already opened.
            stream: that the work is put on; None: torch's current one.
        """
        import torch

        properties = torch.cuda.get_device_properties(device)
        self.l2_bytes = int(properties.L2_cache_size)
        self.uuid = str(properties.uuid)
        self._device = device
        self._stream = stream if stream is not None else torch.cuda.current_stream(device)

    def new(self) -> Event:
        """An event that keeps a time, as not all do; recorded once already.

        Torch makes it on the device at its first record: here, and not between two calls.
        """
        import torch

        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(self._stream)
        return event

    def set(self, mark: Event) -> None:
        """Record the event on the stream."""
        mark.record(self._stream)

    def seconds(self, first: Event, second: Event) -> float:
        """Torch counts in milliseconds."""
        return float(first.elapsed_time(second)) / 1000

    def allocated_bytes(self) -> int:
        """Tensors that live, each rounded up to the allocator's blocks."""
        import torch

        return int(torch.cuda.memory_allocated(self._device))

    def peak_bytes(self) -> int:
        """Since the process began; TensorRT and ONNX Runtime have allocators of their own."""
        import torch

        return int(torch.cuda.max_memory_allocated(self._device))


def of(session: object) -> Stopwatch | None:
    """The stopwatch of a session on a GPU; a session on a CPU has none."""
    found: Stopwatch | None = getattr(session, "stopwatch", None)
    return found
