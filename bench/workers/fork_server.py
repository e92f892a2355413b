"""The process that workers are forked from: it has imported what they need, and nothing more.

Run as `python -m bench.workers.fork_server FD`. Importing torch and its compiler takes seconds;
forking from a process that has done it takes milliseconds. No thread of a fork server does any
work, so that forking is safe. Every replicate has fork servers of its own, and so a memory layout
of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from bench.workers.protocol import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Mapping

PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def die_with_parent() -> None:
    """Have Linux kill this process when its parent ends; elsewhere its pipe's end must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(descriptor: int) -> None:
    """Preload, then serve requests until the parent hangs up."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    control = socket.socket(fileno=descriptor)
    connection = Connection(os.dup(descriptor))
    with contextlib.suppress(EOFError, ConnectionResetError, BrokenPipeError):
        preload = connection.recv()
        try:
            for name in preload:
                module, _, function = name.partition(":")
                getattr(importlib.import_module(module), function)()
        except Exception as error:  # noqa: BLE001 - whatever a broken installation raises
            traceback.print_exc()
            connection.send({"error": f"{type(error).__name__}: {error}"})
            return
        gc.collect()
        gc.freeze()  # children share these pages until they write to them
        connection.send({"ready": True, "protocol": PROTOCOL})
        while True:
            connection.send(_serve(connection.recv(), control))


def _serve(request: Mapping[str, Any], control: socket.socket) -> Mapping[str, Any]:
    if "reap" in request:
        return _reap(request["reap"])
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    (descriptor,) = descriptors
    pid = os.fork()
    if pid == 0:
        _child(request, descriptor, control)
    os.close(descriptor)
    return {"pid": pid}


def _child(request: Mapping[str, Any], descriptor: int, control: socket.socket) -> None:
    code = 1
    try:
        die_with_parent()
        control.close()
        module, _, function = str(request["task"]).partition(":")
        getattr(importlib.import_module(module), function)(Connection(descriptor))
        code = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):
        code = 0  # the parent hung up: it wants no answer
    except BaseException:  # noqa: BLE001 - a forked child must never return into the fork server's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _reap(pid: int) -> Mapping[str, Any]:
    """How a child ended: negative is a signal's number, as in subprocess."""
    try:
        _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return {"exit": None}
    return {"exit": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
