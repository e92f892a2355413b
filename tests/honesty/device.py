"""A GPU in miniature: it takes orders at once, works them off later, and has a clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from bench.workers.session import Batch, Call

LAUNCH_S = 2e-6  # until a call returns
ROUND_TRIP_S = 45e-6  # of asking whether everything is done


class Device:
    """Kernels run one after the other while the host goes on; nothing here takes real time."""

    def __init__(self) -> None:
        self.now_s = 0.0  # on the host
        self._done_s = 0.0  # when the last kernel will have ended

    def clock(self) -> float:
        return self.now_s

    def launch(self, kernel_s: float) -> None:
        self.now_s += LAUNCH_S
        self._done_s = max(self._done_s, self.now_s) + kernel_s

    def synchronize(self) -> None:
        self.now_s = max(self.now_s, self._done_s) + ROUND_TRIP_S


class DeviceSession:
    """Implements bench.workers.session.Session; how long a kernel takes may depend on the batch."""

    asynchronous = True

    def __init__(self, device: Device, kernel_s: Callable[[Batch], float]) -> None:
        self.facts: Mapping[str, str] = {"provider": "a GPU in miniature"}
        self._device = device
        self._kernel_s = kernel_s

    def bind(self, batch: Batch) -> Call:
        return lambda: self._device.launch(self._kernel_s(batch))

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        return list(batch.values())

    def synchronize(self) -> None:
        self._device.synchronize()
