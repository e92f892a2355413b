"""The parent's side of fork servers and workers: start them, ask them, notice how they end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Protocol

from bench.workers.protocol import PROTOCOL
from bench.workers.server_spec import HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.workers.server_spec import Home

GRACE_S = 5.0  # for a fork server to fork or to reap: milliseconds, but for a machine that swaps
START_LIMIT_S = 120.0  # a cold disk needs half a minute to import torch
LOG_TAIL_BYTES = 4000


class Failed(Exception):  # noqa: N818 - a result to be recorded, not a bug
    """A worker did not do what it was asked; the text is the reason in the record."""


class Gone(Failed):
    """The same, and it has ended: it cannot be asked anything else."""


class Skipped(Exception):  # noqa: N818 - a result to be recorded, not a bug
    """A worker says that this cannot be had here; the text is the reason in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker sends back: a value, or why there is none."""

    value: Any = None
    progress: tuple[str, float] | None = None  # not the answer yet
    skipped: str | None = None
    failed: str | None = None


class WorkerHandle(Protocol):
    """Something that answers requests: a worker process, or a fake one in tests."""

    def ask(
        self,
        request: object,
        limit_s: float,
        progress: Callable[[str, float], None] | None = None,
    ) -> Any:  # noqa: ANN401 - each request has its answer
        """The answer; raises Failed or Skipped."""
        ...

    def close(self) -> None:
        """End it; safe to call twice."""
        ...


class ForkServer:
    """A preloaded process that forks workers; see bench.workers.fork_server."""

    def __init__(
        self, preload: Sequence[str], environment: Mapping[str, str], home: Home = HERE
    ) -> None:
        """Start it; `ready` waits until it has imported everything."""
        ours, theirs = socket.socketpair()
        self._ready = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        with theirs:
            self._process = subprocess.Popen(
                [home.python, "-m", "bench.workers.fork_server", str(theirs.fileno())],
                cwd=home.checkout,
                env={**os.environ, **environment},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )
        self._socket = ours
        self._connection = Connection(os.dup(ours.fileno()))
        self._connection.send(list(preload))

    def ready(self) -> None:
        """Wait until workers can be forked; raises Failed with what the imports said."""
        if self._ready:
            return
        answer = _receive(self._connection, START_LIMIT_S)
        if answer is None or "error" in answer:
            reason = (answer or {}).get("error", f"it ended or hung; its last words: {self.log()}")
            msg = f"the process for this engine did not start: {reason}"
            raise Failed(msg)
        if (spoken := answer.get("protocol")) != PROTOCOL:
            msg = (
                f"workers of that checkout speak protocol {spoken or 'none'}, those of this one "
                f"{PROTOCOL}: they cannot be measured together"
            )
            raise Failed(msg)
        self._ready = True

    def fork(self, task: str) -> Worker:
        """A worker that runs `task` ("package.module:function") on its end of a pipe."""
        ours, theirs = socket.socketpair()
        with theirs, contextlib.suppress(OSError):  # a dead fork server is noticed below
            self._connection.send({"task": task})
            socket.send_fds(self._socket, [b"x"], [theirs.fileno()])
        answer = self._answer()
        if answer is None:
            ours.close()
            msg = f"the process that forks workers is gone; its last words: {self.log()}"
            raise Failed(msg)
        return Worker(pid=answer["pid"], connection=Connection(ours.detach()), fork_server=self)

    def exit_status(self, pid: int) -> int | None:
        """How an ended worker ended, or None if that cannot be known."""
        with contextlib.suppress(OSError):
            self._connection.send({"reap": pid})
        return (self._answer() or {}).get("exit")

    def _answer(self) -> Any:  # noqa: ANN401 - plain data
        """The answer to the last request; a fork server that is late is ended with all its workers.

        Its answer would otherwise come later, and be taken for that to another request.
        """
        answer = _receive(self._connection, GRACE_S)
        if answer is None:
            self._process.kill()
            self._process.wait()
        return answer

    @property
    def is_alive(self) -> bool:
        """Whether its process still runs."""
        return self._process.poll() is None

    def log(self) -> str:
        """The last line that the fork server or its workers wrote."""
        self._log.flush()
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LOG_TAIL_BYTES))
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "none"

    def close(self) -> None:
        """End the fork server at once, whatever it is doing; its workers end with it."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        self._socket.close()
        self._log.close()


class Worker:
    """A forked process that answers requests one at a time."""

    def __init__(self, *, pid: int, connection: Connection, fork_server: ForkServer) -> None:
        self.pid = pid
        self._connection = connection
        self._fork_server = fork_server
        self._ended = False

    def ask(
        self,
        request: object,
        limit_s: float,
        progress: Callable[[str, float], None] | None = None,
    ) -> Any:  # noqa: ANN401 - each request has its answer
        """Send a request and wait for its answer.

        Raises:
            Failed: the worker raised.
            Gone: it died, or took longer than `limit_s` and was killed.
            Skipped: the worker says that this cannot be had here.
        """
        with contextlib.suppress(OSError):  # a dead worker is noticed when it does not answer
            self._connection.send(request)
        while True:
            reply = self._receive(limit_s)
            if reply.progress is None:
                break
            if progress:
                progress(*reply.progress)
        if reply.skipped is not None:
            raise Skipped(reply.skipped)
        if reply.failed is not None:
            raise Failed(reply.failed)
        return reply.value

    def _receive(self, limit_s: float) -> Reply:
        try:
            if self._connection.poll(limit_s):
                reply: Reply = self._connection.recv()
                return reply
        except (EOFError, OSError):
            raise Gone(self._last_words()) from None
        self._kill()
        msg = f"timed out: no answer within {limit_s:g} s; the worker was killed"
        raise Gone(msg)

    def _last_words(self) -> str:
        self._ended = True
        status = self._fork_server.exit_status(self.pid)
        if status is not None and status < 0:
            name = signal.Signals(-status).name
            cause = " (out of memory, or killed from outside)" if name == "SIGKILL" else ""
            return f"the worker was ended by {name}{cause}"
        if status is None:
            return (
                f"the process that forks workers is gone; its last words: {self._fork_server.log()}"
            )
        return f"the worker ended with status {status}: {self._fork_server.log()}"

    def _kill(self) -> None:
        if not self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._ended = True
            self._fork_server.exit_status(self.pid)

    def close(self) -> None:
        """Hang up and have the worker end, killed if need be."""
        self._connection.close()
        self._kill()


def _receive(connection: Connection, limit_s: float) -> Any:  # noqa: ANN401 - plain data
    try:
        return connection.recv() if connection.poll(limit_s) else None
    except (EOFError, OSError):
        return None
