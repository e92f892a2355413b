"""Time and models that tests own: a clock that stands still, and a session that moves it.

The clock moves only when a session is called, so each number of a run is known beforehand. Calls
last multiples of TICK_S, whose sums and differences are exact in binary floating point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.inputs import InputSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from bench.workers.remote import Reply
    from bench.workers.session import Batch, Call

TICK_S = 2.0**-10  # about a millisecond: twenty calls fill a block
LAUNCH_S = 2.0**-17  # what an asynchronous call takes before it returns
CLASSES = 4
SAMPLES = 24


class FakeClock:
    """Time that stands still unless something advances it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def advance(self, duration_s: float) -> None:
        self.now_s += duration_s


class ScriptedSession:
    """Implements bench.workers.session.Session; the n-th call lasts `duration_s(n)`.

    An asynchronous one returns from a call after LAUNCH_S; synchronize() waits for all of them.
    """

    def __init__(
        self,
        clock: FakeClock,
        duration_s: Callable[[int], float],
        *,
        asynchronous: bool = False,
        error: float = 0.0,
    ) -> None:
        self.facts: Mapping[str, str] = {"provider": "script", "precision": "scripted"}
        self.asynchronous = asynchronous
        self.bound: list[Batch] = []
        self.called: list[int] = []  # which of the bound batches, call by call
        self.synchronized = 0
        self._clock = clock
        self._duration_s = duration_s
        self._error = error
        self._pending_s = 0.0

    def bind(self, batch: Batch) -> Call:
        self.bound.append(batch)
        index = len(self.bound) - 1
        return lambda: self._call(index)

    def _call(self, index: int) -> None:
        duration_s = self._duration_s(len(self.called))
        self.called.append(index)
        if self.asynchronous:
            self._clock.advance(LAUNCH_S)
            self._pending_s += duration_s - LAUNCH_S
        else:
            self._clock.advance(duration_s)

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        scores = np.array(batch["input"])
        scores[:, 0] += self._error
        return [scores]

    def synchronize(self) -> None:
        self.synchronized += 1
        self._clock.advance(self._pending_s)
        self._pending_s = 0.0


def scored() -> InputSet:
    """Inputs that are scores of classes, all but one of them right."""
    labels = np.arange(SAMPLES, dtype=np.int64) % CLASSES
    scores = np.eye(CLASSES, dtype=np.float32)[labels]
    scores[1] = scores[2]
    return InputSet(
        arrays={"input": scores},
        batch_axes={"input": 0},
        labels=labels,
        sha256="0123456789abcdef" * 4,
        kind="made up",
    )


class Requests:
    """The worker's end of a pipe whose other end sends these and hangs up."""

    def __init__(self, *requests: object) -> None:
        self._requests = list(requests)
        self.replies: list[Reply] = []

    def recv(self) -> object:
        if not self._requests:
            raise EOFError
        return self._requests.pop(0)

    def send(self, reply: Reply) -> None:
        self.replies.append(reply)
