from __future__ import annotations

import gc
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.measuring import latency, yardstick
from bench.preparation.artifact import Artifact
from bench.workers import requests, worker
from bench.workers.requests import Load, LoadYardstick, Time
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from bench.workers.worker import MOST_ITERATIONS, REWARM_S, ROTATION, Bench
from results.record import Block
from tests.bench.fakes import (
    CLASSES,
    LAUNCH_S,
    TICK_S,
    FakeClock,
    Requests,
    ScriptedSession,
    scored,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.workers.remote import Reply
    from bench.workers.session import Batch, Call

BLOCK_S = 20 * TICK_S


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def _collector() -> Iterator[None]:
    """Undo what loading does to the process for good."""
    yield
    gc.unfreeze()
    gc.enable()


def bench(
    clock: FakeClock,
    duration_s: Callable[[int], float] = lambda _: TICK_S,
    *,
    asynchronous: bool = False,
) -> tuple[Bench, ScriptedSession]:
    session = ScriptedSession(clock, duration_s, asynchronous=asynchronous)
    return Bench(session, scored(), 1, clock), session


def serve(*requests: object) -> list[Reply]:
    connection: Any = Requests(*requests)
    with pytest.raises(EOFError):
        worker.serve(connection)
    replies: list[Reply] = connection.replies
    return replies


def test_a_block_holds_the_duration_of_each_iteration(clock: FakeClock) -> None:
    own, session = bench(clock, lambda call: TICK_S * (1 + call % 3))
    block = own.block(BLOCK_S)
    untimed = len(session.called) - block.iterations
    scripted = [TICK_S * (1 + call % 3) for call in range(untimed, len(session.called))]
    assert list(block.durations_s) == scripted
    assert block.iterations == len(scripted)


def test_a_block_ends_with_the_iteration_that_makes_it_long_enough(clock: FakeClock) -> None:
    own, _ = bench(clock)
    assert own.block(BLOCK_S).iterations == 20
    assert own.block(BLOCK_S + TICK_S / 2).iterations == 21
    assert own.block(TICK_S / 100).iterations == 1


def test_an_iteration_longer_than_a_block_is_a_block(clock: FakeClock) -> None:
    own, session = bench(clock, lambda _: 3.0)
    assert own.block(BLOCK_S) == requests.TimedBlock(iterations=1, durations_s=(3.0,))
    assert len(session.called) == 2  # with the one that warms the caches again


def test_what_warms_the_caches_again_is_not_timed(clock: FakeClock) -> None:
    own, session = bench(clock, lambda call: 2.0**-12 if call >= 8 else 2.0**-13)
    block = own.block(BLOCK_S)
    assert len(session.called) - block.iterations == 5  # of 2**-13 s, to fill REWARM_S
    assert 4 * 2.0**-13 < REWARM_S <= 5 * 2.0**-13


def test_a_block_of_very_short_iterations_ends_early(clock: FakeClock) -> None:
    own, _ = bench(clock, lambda _: 2.0**-20)
    assert own.block(BLOCK_S).iterations == MOST_ITERATIONS


def test_an_asynchronous_session_is_drained_before_the_clock_is_read(clock: FakeClock) -> None:
    own, session = bench(clock, asynchronous=True)
    before_s = clock.now_s
    block = own.block(BLOCK_S)
    rewarming = len(session.called) - block.iterations
    assert session.synchronized == 2
    assert block.durations_s == (TICK_S,)
    assert clock.now_s - before_s == TICK_S * (rewarming + block.iterations)


def test_single_durations_of_an_asynchronous_session_are_not_claimed(clock: FakeClock) -> None:
    own, _ = bench(clock, lambda call: TICK_S * (1 + call % 3), asynchronous=True)
    timed = own.block(BLOCK_S)
    assert len(timed.durations_s) == 1 < timed.iterations
    block = Block(
        replicate=0,
        round=0,
        position=0,
        iterations=timed.iterations,
        durations_s=timed.durations_s,
    )
    names = {quantity.metric.name for quantity in latency.quantities([block], 1)}
    assert names == {"latency_mean_s", "throughput_per_s"}


def test_an_asynchronous_block_of_long_calls_holds_few_of_them(clock: FakeClock) -> None:
    own, _ = bench(clock, lambda _: 1.0, asynchronous=True)
    assert own.block(BLOCK_S).iterations <= 10
    assert BLOCK_S / LAUNCH_S > 1000  # as many are launched now


def test_the_first_inference_is_waited_for(clock: FakeClock) -> None:
    own, session = bench(clock, lambda call: TICK_S if call else 1.0, asynchronous=True)
    assert own.first() == 1.0
    assert session.synchronized == 1


def test_a_graph_that_is_captured_with_the_first_batch_is_of_the_first_inference(
    clock: FakeClock,
) -> None:
    """And what other batches cost to be bound is not: a caller's next ones are not waited for."""

    class Capturing(ScriptedSession):
        def bind(self, batch: Batch) -> Call:
            clock.advance(TICK_S if self.bound else 1.0)
            return super().bind(batch)

    own = Bench(Capturing(clock, lambda _: 0.25), scored(), 1, clock)
    assert own.first() == 1.25


def test_calls_take_batches_of_different_data_in_turn(clock: FakeClock) -> None:
    own, session = bench(clock)
    own.window(3 * ROTATION * TICK_S)
    assert session.called == list(range(ROTATION)) * 3
    kept = [batch["input"].tobytes() for batch in session.bound]
    assert len(kept) == ROTATION
    assert len(set(kept)) == CLASSES  # as many as the made-up scores have


@pytest.mark.parametrize(("batch_size", "batches"), [(5, 4), (24, 1), (100, 1)])
def test_no_more_batches_rotate_than_there_are_samples_for(
    clock: FakeClock, batch_size: int, batches: int
) -> None:
    session = ScriptedSession(clock, lambda _: TICK_S)
    Bench(session, scored(), batch_size, clock)
    assert [len(batch["input"]) for batch in session.bound] == [batch_size] * batches


@pytest.mark.parametrize("batch_size", [1, 5, 24, 100])
def test_predicting_writes_each_sample_once_in_order(
    clock: FakeClock, tmp_path: Path, batch_size: int
) -> None:
    own = Bench(ScriptedSession(clock, lambda _: TICK_S), scored(), batch_size, clock)
    own.answer(requests.Predict(file=str(tmp_path / "outputs.npy")))
    written = np.load(tmp_path / "outputs.npy")
    assert written.dtype == np.float32
    np.testing.assert_array_equal(written, scored().arrays["input"])


def test_outputs_that_are_no_rows_are_said_and_not_written(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, session = bench(clock)
    monkeypatch.setattr(session, "outputs", lambda _: [np.ones((7, 6), np.float32)])
    said = own.answer(requests.Predict(file=str(tmp_path / "outputs.npy")))
    assert said == "the first output has the shape (7, 6), not a row for each of 1"
    assert not list(tmp_path.iterdir())


def test_an_unknown_request_is_an_error(clock: FakeClock) -> None:
    own, _ = bench(clock)
    with pytest.raises(TypeError, match="unknown request str"):
        own.answer("time a block, please")


@pytest.mark.parametrize("request_", [Time(at_least_s=0.1), requests.Measure(meter="cpu_time")])
def test_what_is_asked_before_loading_fails(request_: object) -> None:
    (reply,) = serve(request_)
    assert reply.failed == f"asked for {type(request_).__name__} before Load"


def load_request(folder: Path, slowdown: float | None = None) -> Load:
    scored().save(folder)
    return Load(
        engine="scripted",
        artifact=Artifact(path="nothing", inputs=str(folder), facts={}),
        target=Target(precision="fp32", device="cpu", batch_size=2, threads=1),
        cores=(),
        slowdown=slowdown,
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """An engine named "scripted", whose file is not in the folder."""
    made = SimpleNamespace(load=lambda *_: ScriptedSession(FakeClock(), lambda _: TICK_S))
    monkeypatch.setitem(sys.modules, "bench.engines.scripted", made)
    return made


@pytest.mark.usefixtures("_collector", "engine")
def test_loading_says_what_was_read_back_and_turns_the_collector_off(tmp_path: Path) -> None:
    (reply,) = serve(load_request(tmp_path))
    loaded: requests.Loaded = reply.value
    assert loaded.facts["provider"] == "script"
    assert loaded.facts["clock"] == "wall"
    assert loaded.warm_up.iterations > 0
    assert not gc.isenabled()


@pytest.mark.usefixtures("_collector", "engine")
def test_a_loaded_session_is_timed_and_measured(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.npy"
    replies = serve(
        load_request(tmp_path),
        Time(at_least_s=0.0001),
        requests.Measure(meter="host_memory"),
        requests.Predict(file=str(outputs)),
        "nonsense",
    )
    assert len(replies[1].value.durations_s) == replies[1].value.iterations > 0
    assert [q.metric.name for q in replies[2].value] == ["host_peak_bytes", "host_library_bytes"]
    assert np.load(outputs).shape == (24, CLASSES)
    assert replies[4].failed == "TypeError: unknown request str"


@pytest.mark.usefixtures("_collector", "engine")
def test_a_twin_says_by_how_much_it_is_slowed(tmp_path: Path) -> None:
    (reply,) = serve(load_request(tmp_path, slowdown=0.0))
    assert reply.value.facts["slowed_by"] == "0"


@pytest.mark.usefixtures("_collector")
def test_the_yardstick_is_loaded_without_an_engine() -> None:
    loaded, block = serve(LoadYardstick(cores=()), Time(at_least_s=0.0001))
    assert loaded.value.facts["provider"] == yardstick.NAME
    assert block.value.iterations >= 1


@pytest.mark.parametrize(
    ("error", "skipped", "failed"),
    [
        (Unavailable("no bf16 here"), "no bf16 here", None),
        (EngineError("it fell back"), None, "it fell back"),
        (RuntimeError("cannot load"), None, "RuntimeError: cannot load"),
        (MemoryError(), None, "MemoryError: no message"),
    ],
)
def test_what_an_engine_raises_is_the_reply(
    tmp_path: Path,
    engine: SimpleNamespace,
    error: Exception,
    skipped: str | None,
    failed: str | None,
) -> None:
    def load(*_: object) -> None:
        raise error

    engine.load = load
    first, second = serve(load_request(tmp_path), Time(at_least_s=0.1))
    assert (first.value, first.skipped, first.failed) == (None, skipped, failed)
    assert second.failed == "asked for Time before Load"


def test_a_session_on_a_cpu_is_timed_by_the_wall_and_by_nothing_else(clock: FakeClock) -> None:
    own, _ = bench(clock)
    assert own.facts == {"clock": "wall"}
    assert own.block(BLOCK_S).gpu is None
