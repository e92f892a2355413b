from __future__ import annotations

import numpy as np
import pytest

from bench.selfcheck.slowed import Slowed
from bench.workers.worker import Bench
from tests.bench.fake_cuda import FakeCuda
from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession, scored
from tests.bench.gpu_world import DEVICE_S, GpuSession

READING_S = 2.0**-30  # what a look at the clock takes


class PassingClock(FakeClock):
    """A clock that goes on while somebody spins."""

    def __call__(self) -> float:
        self.advance(READING_S)
        return self.now_s


@pytest.mark.parametrize("share", [0.0, 0.05, 1.0])
def test_calls_are_longer_by_the_share(share: float) -> None:
    clock = PassingClock()
    session = Slowed(ScriptedSession(clock, lambda call: TICK_S * (1 + call % 2)), share, clock)
    durations_s = Bench(session, scored(), 1, clock).block(8 * TICK_S).durations_s
    scripted = [TICK_S, 2 * TICK_S, TICK_S, 2 * TICK_S]
    first = 1 if durations_s[0] > 1.5 * TICK_S * (1 + share) else 0
    wanted = [value * (1 + share) for value in (scripted * 2)[first : first + len(durations_s)]]
    assert list(durations_s) == pytest.approx(wanted, abs=20 * READING_S)


def test_it_is_the_session_in_everything_else() -> None:
    inner = ScriptedSession(FakeClock(), lambda _: TICK_S, asynchronous=True)
    session = Slowed(inner, 0.05)
    assert session.asynchronous
    assert session.facts == {**inner.facts, "slowed_by": "0.05"}
    batch = scored().batch(0, 3)
    np.testing.assert_array_equal(session.outputs(batch)[0], inner.outputs(batch)[0])
    session.synchronize()
    assert inner.synchronized == 1


def test_on_a_gpu_it_is_timed_as_the_session_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, cuda = FakeClock(), FakeCuda(lambda _: DEVICE_S, capability=(9, 0))
    cuda.patch(monkeypatch)
    own = Bench(Slowed(GpuSession(clock, cuda), 0.0, clock), scored(), 1, clock)
    assert own.facts["clock"] == "cuda_events"
    assert set(own.block(8 * TICK_S).durations_s) == {DEVICE_S}


def test_on_a_cpu_it_has_no_clock_of_its_own() -> None:
    inner = ScriptedSession(FakeClock(), lambda _: TICK_S)
    assert Slowed(inner, 0.0).stopwatch is None
