"""A CUDA device without one: tensors stay on the CPU, and time is what the test's script says.

Stricter than the real one where that would only be wrong: an event that was not waited for has no
time, nothing may wait while a graph is captured, and a graph is captured on a stream of its own. A
replay does what was captured once more, on the tensors as they are then.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

L2_BYTES = 50 << 20
UUID = "11111111-aaaa-bbbb-cccc-000000000000"
CREATED_S = 2.0**-12  # that an event takes to be made; exact in binary, as the tests' times are
BLOCK_BYTES = 512  # torch's allocator rounds each tensor up to so much
WORKING_BYTES = 3 << 20  # that a call needs while it runs
# What torch raises where it ends a capture within which something went wrong.
SPOILT = "CUDA error: operation failed due to a previous error during capture"
MOST_RECORDS = 2  # of one event: the one that makes it, and the one that is read


class Misuse(AssertionError):  # noqa: N818 - as in "that is a misuse"
    """What the real device would answer with nonsense or with a crash."""


class FakeCuda:
    """The device: what is called takes `lasts_s(n)` on it, the n-th time."""

    def __init__(self, lasts_s: Callable[[int], float], *, capability: tuple[int, int]) -> None:
        self.lasts_s = lasts_s
        self.capability = capability
        self.works = 0
        self.queued_s = 0.0  # the device's time when all that was queued is done
        self.done_s = 0.0  # the host has waited for all until then
        self.devices = 1
        self.waits = 0
        self.emptied = 0  # times that torch's allocator gave back what it kept
        self.free_bytes = 8 << 30
        self.allocated_bytes = 0  # what was moved here; nothing is freed
        self.capturing: Recording | None = None
        self.current = SimpleNamespace(cuda_stream=0, waited_for=[], wait_stream=lambda _o: None)

    def work(self) -> None:
        """Something is put on the stream."""
        self.queued_s += self.lasts_s(self.works)
        self.works += 1

    def allocate(self, size_bytes: int) -> None:
        """A tensor, of which torch's allocator counts whole blocks."""
        self.allocated_bytes += -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES

    def _peak_bytes(self) -> int:
        return self.allocated_bytes + (WORKING_BYTES if self.works else 0)

    def synchronize(self, *_device: object) -> None:
        if self.capturing is not None:
            msg = "operation not permitted when stream is capturing"
            raise RuntimeError(msg)
        self.waits += 1
        self.done_s = self.queued_s

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put it in the place of torch.cuda, as far as the suite uses that."""
        cuda = torch.cuda
        names: dict[str, object] = {
            "is_available": lambda: True,
            "device_count": lambda: self.devices,
            "set_device": self._set_device,
            "get_rng_state": lambda *_device: torch.zeros(16, dtype=torch.uint8),
            "set_rng_state": lambda _state, *_device: None,
            "get_device_name": lambda *_name: "Abacus 9000",
            "get_device_capability": lambda *_name: self.capability,
            "get_device_properties": lambda _name: SimpleNamespace(
                L2_cache_size=L2_BYTES, uuid=UUID
            ),
            "memory_allocated": lambda _name: self.allocated_bytes,
            "max_memory_allocated": lambda _name: self._peak_bytes(),
            "mem_get_info": lambda _name: (self.free_bytes, 80 << 30),
            "empty_cache": self._empty_cache,
            "synchronize": self.synchronize,
            "current_stream": lambda *_name: self.current,
            "Stream": lambda *_name: Stream(self),
            "stream": self._on,
            "Event": lambda *, enable_timing: Event(self, enable_timing=enable_timing),
            "CUDAGraph": lambda: Graph(self),
            "graph": self._capture,
        }
        for name, value in names.items():
            assert hasattr(cuda, name), f"torch.cuda has no {name}"
            monkeypatch.setattr(cuda, name, value)
        monkeypatch.setattr(torch.Tensor, "to", self._moved(torch.Tensor.to))

    def _moved(self, real: Any) -> Any:  # noqa: ANN401 - torch's own method
        """Tensor.to, for which the device is memory of the CPU like all else: a copy."""

        def to(own: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401
            target = args[0] if args else None
            if not isinstance(target, (torch.dtype, torch.Tensor)) and "cuda" in str(target):
                rest = [each for each in args[1:] if isinstance(each, torch.dtype)]
                moved: torch.Tensor = real(own, *rest).clone()
                self.allocate(moved.nbytes)
                return moved
            done: torch.Tensor = real(own, *args, **kwargs)
            return done

        return to

    def _set_device(self, name: str) -> None:
        if int(name.partition(":")[2]) >= self.devices:
            msg = "CUDA error: invalid device ordinal"
            raise RuntimeError(msg)

    def _empty_cache(self) -> None:
        if self.capturing is not None:
            msg = "memory of a graph that is being captured"
            raise Misuse(msg)
        self.emptied += 1

    @contextmanager
    def _on(self, stream: Stream) -> Iterator[None]:
        before, self.current = self.current, stream  # type: ignore[assignment]
        yield
        self.current = before

    @contextmanager
    def _capture(self, graph: Graph, *, stream: Stream, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        if stream.cuda_stream == 0 or not stream.waited_for:
            msg = "captured on a stream that did not wait for what was put on the other"
            raise Misuse(msg)
        self.capturing = graph.recording
        try:
            with graph.recording:
                yield
        except RuntimeError as error:
            raise RuntimeError(SPOILT) from error
        finally:
            self.capturing = None
        graph.is_captured = True


class Stream:
    def __init__(self, device: FakeCuda) -> None:
        self._device = device
        self.cuda_stream = 4711
        self.waited_for: list[object] = []

    def wait_stream(self, other: object) -> None:
        self.waited_for.append(other)

    def synchronize(self) -> None:
        self._device.synchronize()


class Event:
    """Made on the device at its first record, as torch does it: what is timed waits for that."""

    def __init__(self, device: FakeCuda, *, enable_timing: bool) -> None:
        assert enable_timing, "an event without timing has no time"
        self._device = device
        self.at_s: float | None = None
        self.records = 0

    def record(self, stream: object) -> None:
        assert hasattr(stream, "cuda_stream")
        self.records += 1
        if self.records == 1:
            self._device.queued_s += CREATED_S
        if self.records > MOST_RECORDS:
            msg = "a mark that is still in use"
            raise Misuse(msg)
        self.at_s = self._device.queued_s

    def elapsed_time(self, other: Event) -> float:
        if self.at_s is None or other.at_s is None:
            msg = "Both events must be recorded before calculating elapsed time."
            raise ValueError(msg)
        if max(self.at_s, other.at_s) > self._device.done_s:
            msg = "device not ready"
            raise RuntimeError(msg)
        return (other.at_s - self.at_s) * 1000


class Recording(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps what was computed, to be computed again into the same tensors."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401
        _types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        result = func(*args, **(kwargs or {}))
        self.steps.append((func, args, kwargs or {}, result))
        return result


class Graph:
    def __init__(self, device: FakeCuda) -> None:
        self._device = device
        self.recording = Recording()
        self.is_captured = False
        self.replays = 0

    def replay(self) -> None:
        if not self.is_captured:
            msg = "a graph that holds nothing"
            raise Misuse(msg)
        self._device.work()
        self.replays += 1
        with torch.no_grad():  # a replay has no history
            for func, args, kwargs, result in self.recording.steps:
                again = torch.utils._pytree.tree_leaves(func(*args, **kwargs))
                for old, new in zip(torch.utils._pytree.tree_leaves(result), again, strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)
