"""Shows how far trainings are and how long the rest takes: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.progress import TaskID

REDRAW_EVERY_S = 0.2  # steps of a small network take a millisecond, drawing takes several
LINE_EVERY_S = 30.0  # in a log file: a training of an hour in 120 lines
MINUTE_S = 60


class Display(Protocol):
    """Where progress is shown."""

    def show(self, label: str, share: float, total: tuple[str, float] | None = None) -> None:
        """Show what is under way with the share of it that is done, 0 to 1, and the same of all."""

    def close(self) -> None:
        """Leave the terminal as it was, for something else to be written; `show` starts again."""


class Bars:
    """A live bar for what is under way, and one for all; drawn only when shown."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,  # it may be a file, which bars on standard error must not empty
            redirect_stderr=False,
        )
        self._now = self._progress.add_task("", total=1.0)
        self._all: TaskID | None = None
        self._clock = clock
        self._next_s = clock()

    def show(self, label: str, share: float, total: tuple[str, float] | None = None) -> None:
        """Redraw, unless that was done just now."""
        if self._clock() < self._next_s:
            return
        self._next_s = self._clock() + REDRAW_EVERY_S
        self._progress.start()
        self._progress.update(self._now, description=label, completed=share)
        if total:
            if self._all is None:
                self._all = self._progress.add_task("", total=1.0)
            self._progress.update(self._all, description=total[0], completed=total[1])
        self._progress.refresh()

    def close(self) -> None:
        """Remove the bars, until they are shown again."""
        self._progress.stop()
        self._next_s = self._clock()


class Lines:
    """A line when something begins, and now and then, for a log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_s = clock()
        self._label = ""

    def show(self, label: str, share: float, total: tuple[str, float] | None = None) -> None:
        """Write a line, unless the last one is recent and about the same."""
        if self._clock() < self._next_s and label == self._label:
            return
        self._next_s, self._label = self._clock() + LINE_EVERY_S, label
        sys.stderr.write(f"{share:4.0%}  {label}{f' ({total[0]})' if total else ''}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Nothing is open."""


def display() -> Display:
    """The kind that fits standard error."""
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines()


class Overall:
    """The share of some work that is done, and the time for the rest from the pace so far.

    What was done before, by an earlier run, counts for the share but not for the pace.
    """

    def __init__(
        self, work: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._work = work
        self._clock = clock
        self._shares = dict.fromkeys(work, 0.0)
        self._seen: set[str] = set()
        self._begun_s: float | None = None
        self._done_here = 0.0

    def told(self, name: str, share: float) -> None:
        """So much of one of them is done, 0 to 1."""
        if self._begun_s is None:
            self._begun_s = self._clock()
        if name in self._seen:
            self._done_here += self._work[name] * (share - self._shares[name])
        self._seen.add(name)
        self._shares[name] = share

    @property
    def share(self) -> float:
        """Of the whole work, 0 to 1."""
        total = sum(self._work.values())
        return 1.0 - self._rest / total if total else 1.0

    def to_go_s(self) -> float | None:
        """How long the rest takes, or None as long as there is no pace to tell from."""
        if self._begun_s is None or self._done_here <= 0.0:
            return None
        return self._rest * (self._clock() - self._begun_s) / self._done_here

    @property
    def _rest(self) -> float:
        return sum(work * (1.0 - self._shares[name]) for name, work in self._work.items())


def duration(seconds: float) -> str:
    """For people: "40 s", "12 min", "3 h 20 min".

    >>> duration(12000.0)
    '3 h 20 min'
    """
    whole = round(seconds)
    if whole < 2 * MINUTE_S:
        return f"{whole} s"
    minutes = round(seconds / MINUTE_S)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 2 * 60 else f"{minutes} min"
