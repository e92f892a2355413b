"""What a worker is asked when its blocks are timed: meters and answers, which never cost its times.

What cannot be had is a note on its row, and the next is asked; a worker that has ended is asked
no more.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from bench import registry
from bench.workers import requests
from bench.workers.remote import Failed, Gone, Skipped
from bench.workers.session import short_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measuring.scope import Scope
    from bench.measuring.tally import Tally
    from bench.workers.remote import WorkerHandle

    Pass = tuple[tuple[str, ...], Callable[[], None]]  # what it gives, and how it is got

ANSWERS = ("accuracy", "agreement")  # what answers to all samples are for


def run(asked: WorkerHandle, limit_s: float, tally: Tally, scope: Scope, folder: Path) -> None:
    """Ask a worker for what there is to be had beside its times.

    Args:
        asked: the worker.
        limit_s: how long each answer is waited for.
        tally: of its case; gets quantities, predictions, and notes of what could not be had.
        scope: what is wanted.
        folder: where answers are written.
    """
    left = list(_passes(asked, limit_s, tally, scope, folder))
    while left:
        names, get = left.pop(0)
        try:
            get()
        except Gone as reason:
            tally.note(_without((*names, *(name for rest, _ in left for name in rest)), reason))
            return
        except (Failed, Skipped) as reason:
            tally.note(_without(names, reason))


def _passes(
    asked: WorkerHandle, limit_s: float, tally: Tally, scope: Scope, folder: Path
) -> Iterator[Pass]:
    """Of the baseline of a group that was split, only what the part before did not give."""
    if scope.meters and not tally.quantities:
        for name in registry.names("meters"):
            if _is_there(name, tally):
                yield (name,), partial(_measure, asked, limit_s, tally, name)
    # What a training reaches is known from its preparation.
    if scope.predictions and not tally.predictions and tally.case.scenario.task != "training":
        yield ANSWERS, partial(_predict, asked, limit_s, tally, folder)


def _is_there(meter: str, tally: Tally) -> bool:
    """Whether the meter can measure on the case's device; a mistake in its file costs no more."""
    try:
        return registry.meter(meter).missing(tally.case.device) is None
    except Exception as error:  # noqa: BLE001 - whatever a file may raise when it is imported
        tally.note(_without((meter,), f"{type(error).__name__}: {short_reason(error)}"))
        return False


def _measure(asked: WorkerHandle, limit_s: float, tally: Tally, meter: str) -> None:
    tally.quantities += asked.ask(requests.Measure(meter=meter), limit_s)


def _predict(asked: WorkerHandle, limit_s: float, tally: Tally, folder: Path) -> None:
    try:
        handle, name = mkstemp(suffix=".npy", dir=folder)
    except OSError as error:  # a full disk
        raise Failed(str(error)) from error
    os.close(handle)
    file, is_whole = Path(name), False
    try:
        why_not = asked.ask(requests.Predict(file=name), limit_s)
        is_whole = why_not is None
    finally:
        if not is_whole:
            file.unlink()
    if why_not is not None:
        raise Failed(why_not)
    tally.predictions = file


def _without(names: tuple[str, ...], reason: object) -> str:
    """For people: "no energy, no host_memory: the worker was ended by SIGKILL"."""
    return f"{', '.join(f'no {name}' for name in names)}: {reason}"
