"""A session made slower by a known share, to find out what slowdowns this machine can show."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.device import stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from bench.device.stopwatch import Stopwatch
    from bench.workers.session import Batch, Call, Session


class Slowed:
    """Does what the session does, and after each call spins for a share of the call's own time.

    The share is of the call just made, not of a mean, so that the noise grows with it as it would
    in slower code. At a share of 0 it still reads the clock twice, as its twin does: the two
    differ by the share alone.
    """

    def __init__(
        self, session: Session, share: float, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._session = session
        self._share = share
        self._clock = clock

    @property
    def asynchronous(self) -> bool:
        """As the session says."""
        return self._session.asynchronous

    @property
    def stopwatch(self) -> Stopwatch | None:
        """The session's: on a GPU, what the self-check finds is of the clock that blocks have."""
        return stopwatch.of(self._session)

    @property
    def facts(self) -> Mapping[str, str]:
        """As the session says, and that it is slowed."""
        return {**self._session.facts, "slowed_by": f"{self._share:g}"}

    def bind(self, batch: Batch) -> Call:
        """The session's call, made longer."""
        call, clock, share = self._session.bind(batch), self._clock, self._share

        def slowed() -> object:
            started_s = clock()
            result = call()
            ended_s = clock()
            until_s = ended_s + (ended_s - started_s) * share
            while clock() < until_s:
                pass
            return result

        return slowed

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """The session's outputs."""
        return self._session.outputs(batch)

    def synchronize(self) -> None:
        """Wait as the session does."""
        self._session.synchronize()
