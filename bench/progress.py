"""Says how far a run is and how long it still takes: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Column

if TYPE_CHECKING:
    from collections.abc import Callable

CUT = Column(no_wrap=True, overflow="ellipsis")  # the case's id is last: what it cuts
BAR, ROOMY = 24, 100  # columns: of the bar, and of a terminal that has room for it
LINE_EVERY_S = 10.0  # in a log file: often enough to see life, rare enough to read
MINUTE_S = 60
USUAL_STEP_S = 0.7  # loading a small network and timing its blocks, at the default budget
USUAL_STEPS = 25  # as a replicate of the default run has; after two of them experience rules


class Sink(Protocol):
    """Where progress is shown."""

    def show(self, share: float, text: str) -> None:
        """Show that this share, 0 to 1, is done."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


# A terminal that is gone or a full disk ends no measuring: nobody sees how far it is, that is all.
unseen = suppress(OSError)


class Bar:
    """A live bar, for a terminal; drawn only when shown, as drawing takes a core."""

    def __init__(self, console: Console) -> None:
        bar = BarColumn(bar_width=BAR, table_column=Column(min_width=BAR))
        self._progress = Progress(
            *([bar] if console.width >= ROOMY else []),
            TaskProgressColumn(table_column=Column(no_wrap=True, min_width=4)),
            TextColumn("{task.description}", markup=False, table_column=CUT),
            console=console,
            transient=True,
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=1.0)

    def show(self, share: float, text: str) -> None:
        """Redraw."""
        with unseen:
            self._progress.start()
            self._progress.update(self._task, completed=share, description=text)
            self._progress.refresh()

    def close(self) -> None:
        """Remove the bar, until it is shown again."""
        with unseen:
            self._progress.stop()


class Lines:
    """A line now and then, for a log."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next_s = clock()

    def show(self, share: float, text: str) -> None:
        """Write a line, unless the last one is recent."""
        if self._clock() >= self._next_s:
            self._next_s = self._clock() + LINE_EVERY_S
            with unseen:
                self._stream.write(f"{share:4.0%}  {text}\n")
                self._stream.flush()

    def close(self) -> None:
        """Nothing is open."""


def sink(stream: TextIO) -> Sink:
    """The kind that fits the stream."""
    console = Console(file=stream)
    return Bar(console) if console.is_terminal else Lines(stream)


class TimeToGo:
    """Estimates the rest of a task from the pace so far.

    The first step waits for every engine to start, and its pace alone would promise hours: what a
    step takes by experience counts as so many steps that were done before.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._started_s = clock()
        self.done = 0

    def step(self) -> None:
        """One more is done; there may be more than was planned."""
        self.done += 1
        self._total = max(self._total, self.done)

    def skip(self, steps: int) -> None:
        """So many will not be done after all."""
        self._total = max(self.done, self._total - steps)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.done / self._total if self._total else 1.0

    def text(self) -> str:
        """Such as "about 2 min 30 s to go"."""
        elapsed_s = self._clock() - self._started_s
        pace_s = (elapsed_s + USUAL_STEPS * USUAL_STEP_S) / (self.done + USUAL_STEPS)
        return f"about {minutes(pace_s * (self._total - self.done))} to go"


def minutes(duration_s: float) -> str:
    """A duration for people: "40 s", "2 min 30 s"."""
    whole = round(duration_s)
    return f"{whole // MINUTE_S} min {whole % MINUTE_S} s" if whole >= MINUTE_S else f"{whole} s"
