from __future__ import annotations

import pytest

from bench.measuring.spent import Spent
from tests.bench.fakes import FakeClock


def test_phases_are_added_up_and_shown_in_their_order() -> None:
    clock = FakeClock()
    spent = Spent(lambda: clock.now_s)
    for seconds in (3.0, 1.0):
        with spent.on("loading"):
            clock.advance(seconds)
    with spent.on("preparing"):
        clock.advance(2.0)
    clock.advance(4.0)  # in no phase
    assert spent.seconds == {"loading": 4.0, "preparing": 2.0}
    assert spent.text(10.0) == "preparing 20%, loading 40%"


def test_what_fails_took_its_time_as_well() -> None:
    clock = FakeClock()
    spent = Spent(lambda: clock.now_s)

    def interrupted() -> None:
        with spent.on("timing"):
            clock.advance(1.5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert spent.seconds == {"timing": 1.5}


def test_nothing_spent_is_nothing_to_show() -> None:
    assert Spent().text(10.0) == ""
