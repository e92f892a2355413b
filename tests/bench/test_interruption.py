from __future__ import annotations

import signal

import pytest

from bench.interruption import held, ignoring, interrupting, unwinding


def interrupted(number: signal.Signals, done: list[str]) -> None:
    signal.raise_signal(number)
    done.append("whole")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_unwinds_with_a_shells_exit_status(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as raised, unwinding():
        signal.raise_signal(number)
    assert raised.value.code == 128 + number
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_a_run_is_like_ctrl_c(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupting():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with unwinding(), held():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_c_waits_until_what_has_to_be_whole_is_done() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), held():
        interrupted(signal.SIGINT, done)
    assert done == ["whole"]


def test_a_signal_that_ends_waits_too_and_unwinds_then() -> None:
    done: list[str] = []
    with pytest.raises(SystemExit), unwinding(), held():
        interrupted(signal.SIGTERM, done)
    assert done == ["whole"]


def test_what_is_ignored_is_over_and_another_handler_is_kept() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with interrupting():
            with ignoring():
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGTERM)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before[1])
    assert signal.getsignal(signal.SIGINT) is before[0]


def test_without_a_signal_nothing_happens_and_all_is_as_before() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with unwinding(), held():
        pass
    assert [signal.getsignal(number) for number in numbers] == before
