"""Other times of a GPU, each its own metric: with inputs in the cache, and as a caller waits.

What the blocks hold is the time on the device with inputs that come from memory. Neither may be
compared with another: a caller's time has the launch and the wait in it, and may have the copies.
"""

from __future__ import annotations

import itertools
from statistics import median
from typing import TYPE_CHECKING

from bench.device import queued
from bench.training.session import TrainingSession
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.workers.worker import Bench

HOT = Metric(name="device_hot_p50_s", unit="s", better="lower")
HOST = Metric(name="host_p50_s", unit="s", better="lower")
WITH_COPIES = Metric(name="host_with_copies_p50_s", unit="s", better="lower")
TIMED = 65  # of each: a median of so many is known to a few places in rank
FEWEST = 5  # of calls that are so long that little can disturb them
MOST_S = 0.3  # of each, if they are not so few


def missing(device: str) -> str | None:
    """On a CPU there is one clock, and nothing is copied."""
    return "a CPU has one clock and one memory" if device == "cpu" else None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield medians: the device's for one batch again and again; a caller's.

    A caller's with copies is from arrays of the host to arrays of the host, with the room for them.
    """
    if bench.stopwatch is None or isinstance(bench.session, TrainingSession):
        return  # a training fetches its own batches
    batch = bench.inputs.batch(0, bench.batch_size)
    call, session = bench.session.bind(batch), bench.session
    count = _count(bench)
    hot_s = queued.each_s(bench.stopwatch, itertools.repeat(call), count, session.synchronize)
    yield Quantity(metric=HOT, value=median(hot_s), n=count)

    def waited_for() -> None:
        call()
        session.synchronize()

    yield _host(bench, HOST, waited_for)
    yield _host(bench, WITH_COPIES, lambda: session.outputs(batch))


def _count(bench: Bench) -> int:
    """How many calls are worth their time."""
    fitting = int(MOST_S / bench.iteration_s) if bench.iteration_s else TIMED
    return max(FEWEST, min(TIMED, fitting))


def _host(bench: Bench, metric: Metric, action: Callable[[], object]) -> Quantity:
    durations_s = []
    count = _count(bench)
    for _ in range(count):
        started_s = bench.clock()
        action()
        durations_s.append(bench.clock() - started_s)
    return Quantity(metric=metric, value=median(durations_s), n=count)
