from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bench.workers import remote
from bench.workers.remote import Failed, ForkServer, Gone, Skipped
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ends processes as Linux does")

PATIENCE_S = 30.0  # until a test gives up; nothing here takes a second
TASKS = "tests.bench.tasks"
PARENT = f"""
import sys
from bench.workers.remote import ForkServer
fork_server = ForkServer([], {{}})
fork_server.ready()
worker = fork_server.fork("{TASKS}:echo")
worker.ask("hello", 600.0)
sys.stdout.write(f"{{fork_server._process.pid}} {{worker.pid}}\\n")
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.fixture
def fork_server() -> Iterator[ForkServer]:
    with open_fork_server() as made:
        made.ready()
        yield made


@contextmanager
def open_fork_server(*preload: str) -> Iterator[ForkServer]:
    made = ForkServer(list(preload), {"BEADS": "ten"})
    try:
        yield made
    finally:
        made.close()


class Watched:
    """A process whose end can be waited for, whoever its parent is."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)

    def ended(self, patience_s: float = PATIENCE_S) -> bool:
        return bool(select.select([self._descriptor], [], [], patience_s)[0])


def ask(worker: remote.Worker, request: object, limit_s: float = PATIENCE_S) -> object:
    answer: object = worker.ask(request, limit_s)
    return answer


def test_a_worker_answers_one_request_after_the_other(fork_server: ForkServer) -> None:
    worker = fork_server.fork(f"{TASKS}:echo")
    assert [ask(worker, request) for request in (1, {"a": (2, 3)}, None)] == [
        1,
        {"a": (2, 3)},
        None,
    ]


def test_a_fork_server_forks_several_workers_that_live_at_once(fork_server: ForkServer) -> None:
    workers = [fork_server.fork(f"{TASKS}:echo") for _ in range(4)]
    assert len({worker.pid for worker in workers}) == 4
    for _ in range(2):
        assert [ask(worker, index) for index, worker in enumerate(workers)] == [0, 1, 2, 3]


def test_a_worker_has_what_was_preloaded_and_the_environment() -> None:
    with open_fork_server(f"{TASKS}:preload") as fork_server:
        fork_server.ready()
        found = ask(fork_server.fork(f"{TASKS}:describe"), "BEADS")
    assert isinstance(found, dict)
    assert (found["preloaded"], found["variable"]) == (["abacus"], "ten")


def test_progress_is_told_before_the_answer(fork_server: ForkServer) -> None:
    told: list[tuple[str, float]] = []
    worker = fork_server.fork(f"{TASKS}:report")
    answer = worker.ask("go", PATIENCE_S, lambda what, share: told.append((what, share)))
    assert answer == "counted"
    assert told == [("counting beads", 0.25), ("counting beads", 0.5)]


def test_progress_that_nobody_wants_is_passed_over(fork_server: ForkServer) -> None:
    assert ask(fork_server.fork(f"{TASKS}:report"), "go") == "counted"


@pytest.mark.parametrize(("kind", "error"), [("failed", Failed), ("skipped", Skipped)])
def test_a_worker_that_refuses_goes_on_living(
    fork_server: ForkServer, kind: str, error: type[Exception]
) -> None:
    worker = fork_server.fork(f"{TASKS}:refuse")
    for _ in range(2):
        with pytest.raises(error, match="no beads"):
            ask(worker, kind)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("fail", "the worker ended with status 1: ValueError: the beads fell off"),
        ("leave", "the worker ended with status 3: terminate called: out of beads"),
        ("no_such_task", "the worker ended with status 1: AttributeError: .*no_such_task"),
    ],
)
def test_a_worker_that_ends_leaves_its_last_words(
    fork_server: ForkServer, task: str, words: str
) -> None:
    with pytest.raises(Gone, match=words):
        ask(fork_server.fork(f"{TASKS}:{task}"), "go")


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_worker_that_crashes_is_ended_by_a_signal_with_a_name(
    fork_server: ForkServer, name: str
) -> None:
    with pytest.raises(Gone, match=f"the worker was ended by {name}"):
        ask(fork_server.fork(f"{TASKS}:crash"), signal.Signals[name])


def test_a_worker_killed_from_outside_is_said_and_the_others_live_on(
    fork_server: ForkServer,
) -> None:
    victim, other = fork_server.fork(f"{TASKS}:echo"), fork_server.fork(f"{TASKS}:echo")
    os.kill(victim.pid, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(Gone, match=r"SIGKILL \(out of memory, or killed from outside\)|gone"):
            ask(victim, "are you there?")
    assert ask(other, "and you?") == "and you?"
    assert ask(fork_server.fork(f"{TASKS}:echo"), "a new one") == "a new one"


def test_a_worker_that_hangs_is_killed_at_the_limit(fork_server: ForkServer) -> None:
    worker = fork_server.fork(f"{TASKS}:hang")
    process = Watched(worker.pid)
    with pytest.raises(Gone, match=r"timed out: no answer within 0\.05 s; the worker was killed"):
        ask(worker, "hang", limit_s=0.05)
    assert process.ended()
    with pytest.raises(Gone):
        ask(worker, "still there?")
    assert ask(fork_server.fork(f"{TASKS}:echo"), "a new one") == "a new one"


def test_a_live_fork_server_says_so(fork_server: ForkServer) -> None:
    assert fork_server.is_alive


def test_a_dead_fork_server_is_noticed(fork_server: ForkServer) -> None:
    worker = fork_server.fork(f"{TASKS}:echo")
    processes = [Watched(fork_server._process.pid), Watched(worker.pid)]
    assert ask(worker, "hello") == "hello"  # it has got as far as to ask for its parent's end
    os.kill(fork_server._process.pid, signal.SIGKILL)
    assert [process.ended() for process in processes] == [True, True]
    assert not fork_server.is_alive
    with pytest.raises(Failed, match="the process that forks workers is gone"):
        ask(worker, "are you there?")
    with pytest.raises(Failed, match="the process that forks workers is gone"):
        fork_server.fork(f"{TASKS}:echo")


def test_a_fork_server_that_answers_late_is_given_up(
    fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(fork_server._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(remote, "GRACE_S", 0.05)
    with pytest.raises(Failed):
        fork_server.fork(f"{TASKS}:echo")
    assert not fork_server.is_alive  # its late answer would be taken for that to the next request


def test_what_a_preload_raises_is_the_reason() -> None:
    with (
        open_fork_server(f"{TASKS}:preload_fails") as fork_server,
        pytest.raises(Failed, match="did not start: ImportError: no abacus here"),
    ):
        fork_server.ready()


def test_a_preload_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "START_LIMIT_S", 0.2)
    with (
        open_fork_server(f"{TASKS}:preload_hangs") as fork_server,
        pytest.raises(Failed, match="did not start: it ended or hung"),
    ):
        fork_server.ready()


def test_closing_a_worker_ends_it_and_may_be_done_twice(fork_server: ForkServer) -> None:
    worker = fork_server.fork(f"{TASKS}:hang")
    process = Watched(worker.pid)
    worker._connection.send("hang")  # so that it does not notice that nobody listens
    worker.close()
    worker.close()
    assert process.ended()
    assert fork_server.is_alive


def test_closing_a_fork_server_ends_its_workers(fork_server: ForkServer) -> None:
    workers = [fork_server.fork(f"{TASKS}:{task}") for task in ("echo", "echo")]
    for worker in workers:
        ask(worker, "hello")
    pids = [worker.pid for worker in workers]
    processes = [Watched(pid) for pid in (*pids, fork_server._process.pid)]
    fork_server.close()
    assert [process.ended() for process in processes] == [True] * 3


def test_nothing_outlives_a_parent_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        processes = [Watched(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(processes) == 2
    assert [process.ended() for process in processes] == [True, True]


def test_ctrl_c_is_for_the_parent_to_decide() -> None:
    # Where the tests themselves run in the background, SIGINT is ignored and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with open_fork_server() as fork_server:
            fork_server.ready()
            worker = fork_server.fork(f"{TASKS}:echo")
            for pid in (
                fork_server._process.pid,
                worker.pid,
            ):  # as a terminal does to the whole group
                os.kill(pid, signal.SIGINT)
            assert ask(worker, "are you there?") == "are you there?"
            assert ask(fork_server.fork(f"{TASKS}:echo"), "a new one") == "a new one"
    finally:
        signal.signal(signal.SIGINT, before)
