from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from bench.workers.warm_up import CAP_S, WINDOW_S, WarmUp, warm_up
from bench.workers.worker import Bench
from tests.bench.fakes import FakeClock, ScriptedSession, scored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_WINDOWS = 10_000


def windows(durations_s: Iterable[float]) -> Callable[[float], tuple[int, float]]:
    """Windows of one iteration each."""
    left = iter(durations_s)
    return lambda _at_least_s: (1, next(left))


def test_a_steady_session_is_warm_after_two_looks() -> None:
    found = warm_up(windows([0.25] * 20))
    assert found == WarmUp(iterations=6, duration_s=1.5, steady=True, iteration_s=0.25)


def test_windows_are_as_long_as_asked() -> None:
    clock = FakeClock()
    session = ScriptedSession(clock, lambda _: 2.0**-12)
    found = warm_up(Bench(session, scored(), 1, clock).window)
    per_window = -(-WINDOW_S // 2.0**-12)
    assert found.iterations == len(session.called) == 6 * per_window
    assert found.iteration_s == 2.0**-12


def test_it_goes_on_while_times_fall() -> None:
    falling = [0.1 * 0.9**window for window in range(12)]
    found = warm_up(windows([*falling, *[falling[-1]] * 20]))
    assert found.steady
    assert 12 < found.iterations < 20
    assert found.iteration_s == falling[-1]


def test_a_slow_start_of_a_few_iterations_is_left_behind() -> None:
    found = warm_up(windows([0.5, 0.3, 0.1, *[0.01] * 20]))
    assert found.steady
    assert found.iteration_s == 0.01


def test_noise_either_way_is_steady() -> None:
    found = warm_up(windows([0.010, 0.011, 0.0102, 0.0103, 0.0101, 0.0099]))
    assert (found.steady, found.iterations) == (True, 6)


@pytest.mark.parametrize("interrupted", range(6))
def test_one_interrupted_window_does_not_decide(interrupted: int) -> None:
    durations_s = [0.01] * 6
    durations_s[interrupted] = 0.2
    assert warm_up(windows(durations_s)).iterations == 6


def test_times_that_rise_are_steady_as_nothing_is_left_to_warm() -> None:
    assert warm_up(windows([0.01 * 1.1**window for window in range(6)])).steady


def test_what_never_gets_steady_ends_at_the_cap_and_says_so() -> None:
    found = warm_up(windows(0.3 * 0.95**window for window in count()))
    assert not found.steady
    assert CAP_S <= found.duration_s < CAP_S + 0.3


def test_a_very_slow_session_is_called_a_few_times_only() -> None:
    found = warm_up(windows([CAP_S * 4] * MOST_WINDOWS))
    assert (found.iterations, found.steady) == (1, False)
    assert found.iteration_s == CAP_S * 4
