from __future__ import annotations

from bench.measuring import yardstick
from bench.workers.worker import Bench


def test_the_yardstick_does_the_same_work_each_time() -> None:
    call = yardstick.Yardstick().bind({})
    results = [call() for _ in range(3)]
    assert all(result == bytes(yardstick.COPIED_BYTES) for result in results)
    assert len({id(result) for result in results}) == 3  # each is a copy of its own


def test_the_yardstick_never_changes() -> None:
    # Runs of other nights were compared by it: change it, and give it a new name.
    assert (yardstick.NAME, yardstick.STEPS, yardstick.COPIED_BYTES) == (
        "yardstick-1",
        2_000,
        1 << 20,
    )


def test_a_worker_can_time_it() -> None:
    own = Bench(yardstick.Yardstick(), yardstick.INPUTS, 1)
    assert own.first() > 0
    assert own.block(0.0001).iterations >= 1
    assert own.session.outputs({}) == []
