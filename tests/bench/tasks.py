"""What forked workers do in tests of processes; imports nothing heavy."""

from __future__ import annotations

import os
import signal
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

from bench.workers.remote import Reply

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PRELOADED: list[str] = []


def preload() -> None:
    PRELOADED.append("abacus")


def preload_worker() -> None:
    import tests.bench.fakes  # noqa: F401


def preload_fails() -> None:
    msg = "no abacus here"
    raise ImportError(msg)


def preload_hangs() -> None:
    signal.pause()


def echo(connection: Connection) -> None:
    while True:
        connection.send(Reply(value=connection.recv()))


def describe(connection: Connection) -> None:
    """Answer with what a worker can see of its surroundings."""
    while True:
        name = connection.recv()
        cores = sorted(os.sched_getaffinity(0))
        value = {"preloaded": PRELOADED, "variable": os.environ.get(name), "cores": cores}
        connection.send(Reply(value=value))


def report(connection: Connection) -> None:
    connection.recv()
    for done in (0.25, 0.5):
        connection.send(Reply(progress=("counting beads", done)))
    connection.send(Reply(value="counted"))
    connection.recv()


def refuse(connection: Connection) -> None:
    while True:
        is_failure = connection.recv() == "failed"
        connection.send(Reply(failed="no beads") if is_failure else Reply(skipped="no beads"))


def fail(connection: Connection) -> None:
    connection.recv()
    msg = "the beads fell off"
    raise ValueError(msg)


def leave(connection: Connection) -> None:
    connection.recv()
    sys.stderr.write("terminate called: out of beads\n")
    sys.stderr.flush()
    os._exit(3)


def crash(connection: Connection) -> None:
    os.kill(os.getpid(), connection.recv())


def hang(connection: Connection) -> None:
    connection.recv()
    while True:
        signal.pause()


def serve_scripted(connection: Connection) -> None:
    """The real worker, with an engine "eager" that computes nothing."""
    from bench.workers import worker
    from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession

    engine = SimpleNamespace(load=lambda *_: ScriptedSession(FakeClock(), lambda _: TICK_S))
    sys.modules["bench.engines.eager"] = engine  # type: ignore[assignment]
    worker.serve(connection)
