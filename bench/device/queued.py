"""Times calls on a device by pairs of marks, all queued before anything is waited for.

Waiting after each call would time its launch: a kernel of 4 microseconds was read as 51 so. The
marks say what the device did from the one to the other, which is also waiting, where the host
launches more slowly than the device works; that is the time a caller gets too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from bench.device.stopwatch import Stopwatch
    from bench.workers.session import Call

ROTATED = 2  # times the cache: what comes round again was pushed out by as much again
LEAST_BATCHES = 2
MOST_BATCHES = 4096  # each is bound on its own: more would take seconds a process


def each_s(
    stopwatch: Stopwatch,
    calls: Iterator[Call],
    count: int,
    wait: Callable[[], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[float, ...]:
    """Seconds on the device of each of the next calls.

    Args:
        stopwatch: of the device.
        calls: what to call; one more than `count` is taken, which keeps the device busy while the
            first mark is set.
        count: how many to time.
        wait: returns when the device has done everything.
        meanwhile: called while the device still works through the queue.
    """
    marks = [(stopwatch.new(), stopwatch.new()) for _ in range(count)]
    next(calls)()
    for before, after in marks:
        call = next(calls)
        stopwatch.set(before)
        call()
        stopwatch.set(after)
    meanwhile()
    wait()
    return tuple(stopwatch.seconds(before, after) for before, after in marks)


def turns(batch: Mapping[str, NDArray[Any]], l2_bytes: int) -> tuple[int, str]:
    """How many batches take turns, and what a record says of it."""
    size = rotation(batch, l2_bytes)
    return size, l2_fact(batch, size, l2_bytes)


def rotation(batch: Mapping[str, NDArray[Any]], l2_bytes: int) -> int:
    """How many batches must take turns so that each has left the cache when it comes again."""
    size = sum(array.nbytes for array in batch.values())
    wanted = math.ceil(ROTATED * l2_bytes / size) if size else LEAST_BATCHES
    return min(max(wanted, LEAST_BATCHES), MOST_BATCHES)


def l2_fact(batch: Mapping[str, NDArray[Any]], count: int, l2_bytes: int) -> str:
    """Whether inputs come from memory or from the cache, for a record; weights may stay in it."""
    size = sum(array.nbytes for array in batch.values())
    state = "cold" if count * size > l2_bytes else "hot"
    return f"inputs {state}: {count} batches of {size} B in turns, L2 has {l2_bytes} B"
