"""Signals that end a process, made to unwind it as Ctrl-C does, or to wait for a moment."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
OFFSET = 128  # a shell's exit status of what a signal ended: 128 and the signal's number


@contextmanager
def unwinding() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise SystemExit, so that what was opened is closed."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(OFFSET + number)

    with _heard(leave):
        yield


@contextmanager
def interrupting() -> Iterator[None]:
    """Have SIGTERM and SIGHUP do what Ctrl-C does, after which pytest saves what was measured."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    with _heard(interrupt):
        yield


@contextmanager
def _heard(handler: Callable[[int, FrameType | None], NoReturn]) -> Iterator[None]:
    """The signals that end a process, handled so; nohup has the hang-up ignored, so it stays."""
    heard = [number for number in ENDING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def ignoring() -> Iterator[None]:
    """Let none of them, nor Ctrl-C, end what comes last anyway, such as saving.

    What sets a handler of its own in here keeps it.
    """
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, handler)


@contextmanager
def held() -> Iterator[None]:
    """Let none of them, nor Ctrl-C, interrupt what has to be whole; it comes afterwards."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, *ENDING)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
