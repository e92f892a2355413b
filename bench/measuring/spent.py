"""Where the time of a run went: how long each of its phases took."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Phase = Literal[
    "preparing",  # models trained, exported, quantised, built
    "starting engines",  # fork servers that import libraries
    "loading",  # a worker forked, its model loaded, a first answer, warm-up
    "timing",  # turns of all workers, the measured blocks among them
    "meters and answers",  # memory, energy, limits; predictions of every image
    "ending workers",
]


class Spent:
    """Adds up seconds by phase; the clock is a parameter, so that tests own time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.seconds: dict[Phase, float] = {}

    @contextmanager
    def on(self, phase: Phase) -> Iterator[None]:
        """Count what happens inside, also when it fails."""
        started_s = self._clock()
        try:
            yield
        finally:
            took_s = self._clock() - started_s
            self.seconds[phase] = self.seconds.get(phase, 0.0) + took_s

    def text(self, total_s: float) -> str:
        """Shares of so many seconds, in the order of the phases: "loading 31%, timing 12%"."""
        shares = {phase: self.seconds.get(phase, 0.0) / total_s for phase in get_args(Phase)}
        return ", ".join(f"{phase} {share:.0%}" for phase, share in shares.items() if share)
