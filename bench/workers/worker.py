"""A worker process: loads one case, warms it up, then times blocks and runs meters on request."""

from __future__ import annotations

import gc
import itertools
import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import registry
from bench.device import failure, gpu_monitor, opened, queued, stopwatch
from bench.measuring import yardstick
from bench.preparation.inputs import InputSet
from bench.selfcheck.slowed import Slowed
from bench.workers import answers
from bench.workers.remote import Reply
from bench.workers.requests import (
    Load,
    Loaded,
    LoadYardstick,
    Measure,
    Predict,
    Prewarm,
    Time,
    TimedBlock,
    Wake,
)
from bench.workers.session import EngineError, Unavailable, short_reason
from bench.workers.warm_up import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from bench.device.gpu_monitor import GpuMonitor
    from bench.device.stopwatch import Stopwatch
    from bench.workers.session import Call, Session
    from bench.workers.target import Target
    from results.gpu_state import GpuState

    Clock = Callable[[], float]

ROTATION = 8  # batches of different data that calls take in turn
REWARM_S = 0.0005  # after another worker's turn, the caches are its own: refilling takes this long
MOST_ITERATIONS = 128  # a block's level gains nothing from more


def serve(connection: Connection) -> None:
    """Answer requests until the parent hangs up, or the GPU can no longer be used."""
    bench: Bench | None = None
    while True:
        request = connection.recv()
        try:
            if isinstance(request, Load | LoadYardstick):
                bench, value = load(request)
                reply = Reply(value=value)
            elif isinstance(request, Prewarm):
                prewarm(request.load)
                reply = Reply()
            elif isinstance(request, Wake):
                opened.wake(request.device)
                reply = Reply()
            elif bench:
                reply = Reply(value=bench.answer(request))
            else:
                reply = Reply(failed=f"asked for {type(request).__name__} before Load")
        except Unavailable as reason:
            reply = Reply(skipped=str(reason))
        except Exception as error:  # noqa: BLE001 - engines raise what they like; it becomes the record's reason
            if of_device := failure.of(error):
                connection.send(Reply(failed=of_device))
                return  # the context is of no more use, and its memory is wanted by others
            reply = Reply(failed=_reason(error))
        connection.send(reply)


def _reason(error: Exception) -> str:
    ours = isinstance(error, EngineError)
    return short_reason(error) if ours else f"{type(error).__name__}: {short_reason(error)}"


def _pin(cores: Sequence[int]) -> None:
    if cores:
        os.sched_setaffinity(0, cores)


def _loaded(request: Load) -> tuple[Session, InputSet]:
    session = registry.engine(request.engine).load(request.artifact, request.target)
    return session, InputSet.load(Path(request.artifact.inputs))


def prewarm(request: Load) -> None:
    """Load, and infer once."""
    _pin(request.cores)
    session, inputs = _loaded(request)
    session.bind(inputs.batch(0, request.target.batch_size))()
    session.synchronize()


def load(request: Load | LoadYardstick) -> tuple[Bench, Loaded]:
    """Load, infer once, and warm up until steady."""
    _pin(request.cores)
    target = request.target if isinstance(request, Load) else None
    device = target.device if target else "cpu"
    before_bytes = None if device == "cpu" else gpu_monitor.used_bytes(device)
    started_s = time.perf_counter()
    if isinstance(request, Load):
        session, inputs = _loaded(request)
        if request.slowdown is not None:
            session = Slowed(session, request.slowdown)
        batch_size = request.target.batch_size
        training = request.artifact.training
        batches = training["batches_per_step"] if training else 1
    else:
        session, inputs, batch_size, batches = yardstick.Yardstick(), yardstick.INPUTS, 1, 1
    load_s = time.perf_counter() - started_s
    timer = stopwatch.of(session)
    watched = gpu_monitor.watch(device, timer.uuid, before_bytes) if timer else gpu_monitor.NOBODY
    seen = watched.gpu_monitor
    bench = Bench(session, inputs, batch_size, seen=seen, target=target, batches_per_call=batches)
    first_s = bench.first()
    warmed = warm_up(bench.window)
    bench.warmed_bytes = bench.seen.own_bytes() if bench.seen else None
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection inside a block would be counted as inference
    cores = ",".join(map(str, request.cores))
    return bench, Loaded(
        facts={**session.facts, "cores": cores, **bench.facts, **watched.facts},
        load_s=load_s,
        first_inference_s=first_s,
        warm_up=warmed,
    )


class Bench:
    """Times a session with inputs that rotate; the clock is a parameter, so that tests own time."""

    def __init__(  # noqa: PLR0913 - three of them are for tests, or for few cases
        self,
        session: Session,
        inputs: InputSet,
        batch_size: int,
        clock: Clock = time.perf_counter,
        *,
        seen: GpuMonitor | None = None,
        batches_per_call: int = 1,
        target: Target | None = None,
    ) -> None:
        self.session = session
        self.inputs = inputs
        self.batch_size = batch_size
        self.batches_per_call = batches_per_call  # a training step may take several
        self.clock = clock
        self.seen = seen
        self.target = target  # None: the yardstick
        self.loaded_bytes: int | None = None  # on the device, after the first inference
        self.warmed_bytes: int | None = None  # the same before any other worker begins to load
        self.stopwatch = stopwatch.of(session)
        self.facts = {"clock": "wall" if self.stopwatch is None else "cuda_events"}
        size = min(ROTATION, max(1, inputs.samples // batch_size))
        if self.stopwatch is not None and getattr(session, "own_batches", False):
            self.facts["l2"] = "each call fetches a batch of its own"
        elif self.stopwatch is not None:
            batch = inputs.batch(0, batch_size)
            size, self.facts["l2"] = queued.turns(batch, self.stopwatch.l2_bytes)
        self._others = (inputs.batch(index * batch_size, batch_size) for index in range(size))
        first = next(self._others)
        started_s = clock()
        self._calls: list[Call] = [session.bind(first)]
        # Some sessions capture their graph here: until then they are not ready.
        self._first_bind_s = clock() - started_s
        # On a GPU what they take, and the most that torch's allocator had before them.
        self.rotated_bytes = self.first_peak_bytes = 0
        if self.stopwatch is None:
            self._bind_others()
        self._next = itertools.cycle(self._calls)
        self.iteration_s = 0.0  # of a call, in the last window, launching and running together

    def first(self) -> float:
        """Seconds of the first inference, its binding and its results included.

        On a GPU the other batches are bound after it, so that their memory is told apart.
        """
        started_s = self.clock()
        self._calls[0]()
        self.session.synchronize()
        duration_s = self.clock() - started_s + self._first_bind_s
        self.loaded_bytes = self.seen.own_bytes() if self.seen else None
        if self.stopwatch is not None:
            self.first_peak_bytes = self.stopwatch.peak_bytes()
            before_bytes = self.stopwatch.allocated_bytes()
            self._bind_others()
            self.rotated_bytes = self.stopwatch.allocated_bytes() - before_bytes
        return duration_s

    def _bind_others(self) -> None:
        self._calls += [self.session.bind(each) for each in self._others]

    def window(self, at_least_s: float) -> tuple[int, float]:
        """Iterations back to back for at least so long: how many, and seconds in all."""
        started_s = self.clock()
        for iterations in itertools.count(1):
            next(self._next)()
            if self.clock() - started_s >= at_least_s or iterations == self._most_queued(
                at_least_s
            ):
                break
        self.session.synchronize()
        duration_s = self.clock() - started_s
        self.iteration_s = duration_s / iterations
        return iterations, duration_s

    def _most_queued(self, at_least_s: float) -> int | None:
        """How many calls fill the time, where they return before they ran.

        Launched for the whole of the time, calls that each run for long would queue for minutes.
        """
        return self._filling(at_least_s) if self.session.asynchronous else None

    def _filling(self, at_least_s: float) -> int:
        """How many calls take so long, if they take what the last ones took."""
        return max(1, math.ceil(at_least_s / self.iteration_s)) if self.iteration_s else 1

    def answer(self, request: object) -> Any:  # noqa: ANN401 - each request has its answer
        """Do what a request asks."""
        match request:
            case Time(at_least_s=at_least_s):
                return self.block(at_least_s)
            case Measure(meter=meter):
                return list(registry.meter(meter).quantities(self))
            case Predict(file=file):
                return self.predict(Path(file))
            case _:
                msg = f"unknown request {type(request).__name__}"
                raise TypeError(msg)

    def block(self, at_least_s: float) -> TimedBlock:
        """One block: re-warm untimed, then time iterations until it is long enough.

        Durations are of one batch, also where a call takes several: those of a group are of as
        many samples each, whatever a case does with them at once.
        """
        self.window(REWARM_S)
        timed = self._calls_timed(at_least_s)
        durations_s = tuple(each / self.batches_per_call for each in timed.durations_s)
        return replace(timed, durations_s=durations_s)

    def _calls_timed(self, at_least_s: float) -> TimedBlock:
        if self.stopwatch is not None:
            return self._queued(self.stopwatch, at_least_s)
        if self.session.asynchronous:
            iterations, total_s = self.window(at_least_s)
            return TimedBlock(iterations=iterations, durations_s=(total_s / iterations,))
        durations_s = self._each(at_least_s)
        return TimedBlock(iterations=len(durations_s), durations_s=durations_s)

    def _queued(self, timer: Stopwatch, at_least_s: float) -> TimedBlock:
        """By the device's clock, and what the device did while it worked through the queue."""
        states: list[GpuState] = []
        seen = self.seen
        look = (lambda: states.append(seen.state())) if seen else (lambda: None)
        count = min(self._filling(at_least_s), MOST_ITERATIONS)
        durations_s = queued.each_s(timer, self._next, count, self.session.synchronize, look)
        gpu = states[0] if states else None
        return TimedBlock(iterations=count, durations_s=durations_s, gpu=gpu)

    def _each(self, at_least_s: float) -> tuple[float, ...]:
        clock, calls = self.clock, self._next
        ends_s = [clock()]
        deadline_s = ends_s[0] + at_least_s
        while ends_s[-1] < deadline_s and len(ends_s) <= MOST_ITERATIONS:
            next(calls)()
            ends_s.append(clock())
        return tuple(after - before for before, after in itertools.pairwise(ends_s))

    def predict(self, file: Path) -> str | None:
        """Write the first output of every sample of the input set, in order, as float32.

        Returns:
            Why nothing was written, if the first output is not a row for each sample.
        """
        batches = self.inputs.batches(self.batch_size)
        answered = ((self.session.outputs(batch), new) for batch, new in batches)
        try:
            found = answers.rows(answered, self.batch_size)
        except answers.NoRowsError as reason:
            return str(reason)
        np.save(file, found)
        return None
