"""The state of a training under way: kept now and then, taken up again, never mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.checkpoint import EVERY_S, Checkpoint
from tests.models.made import Clock

if TYPE_CHECKING:
    from pathlib import Path


class Counter:
    """Stands in for a module and its optimiser."""

    def __init__(self) -> None:
        self.count = 0

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count = state["count"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "unfinished" / "net.pt"


def begun(file: Path, key: str = "key", clock: Clock | None = None) -> tuple[Checkpoint, Counter]:
    """A checkpoint whose first training begins."""
    made, counter = Checkpoint(file, key, clock or Clock()), Counter()
    made.begin(counter=counter)
    return made, counter


def test_a_state_is_kept_when_the_last_one_is_a_minute_old(file: Path) -> None:
    clock = Clock()
    kept, counter = begun(file, clock=clock)
    for counter.count in (1, 2, 3):
        clock.now_s += EVERY_S / 2
        kept.step()
    assert begun(file)[1].count == 2


def test_another_key_or_a_damaged_file_starts_anew(file: Path) -> None:
    kept, counter = begun(file)
    counter.count = 5
    kept.keep()
    assert begun(file)[1].count == 5
    assert begun(file, key="other")[1].count == 0
    file.write_bytes(file.read_bytes()[:100])
    assert begun(file)[1].count == 0


def test_finished_trainings_are_at_their_end_and_the_next_one_begins(file: Path) -> None:
    kept, counter = begun(file)
    counter.count = 5
    kept.keep()
    kept.begin(counter=counter)
    counter.count = 7
    kept.keep()
    again, first = begun(file)
    again.keep()
    second, third = Counter(), Counter()
    again.begin(counter=second)
    again.begin(counter=third)
    assert (first.count, second.count, third.count) == (5, 7, 0)


def test_the_time_before_counts(file: Path) -> None:
    clock = Clock()
    kept, _ = begun(file, clock=clock)
    clock.now_s = 100.0
    kept.keep()
    later = Clock()
    again, _ = begun(file, clock=later)
    later.now_s = 7.0
    assert again.spent_s == pytest.approx(107.0)


def test_what_is_done_is_removed_even_if_nothing_was_kept(file: Path) -> None:
    kept, _ = begun(file)
    kept.remove()
    kept.keep()
    kept.remove()
    assert not file.exists()
