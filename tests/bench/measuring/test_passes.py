from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench import registry
from bench.measuring import passes
from bench.measuring.scope import EVERYTHING, RATIOS
from bench.measuring.tally import Tally
from bench.workers.remote import Failed, Gone, Skipped
from bench.workers.requests import Measure, Predict
from results.record import Metric, Quantity
from tests.bench.runs import planned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METERS = [each for each in registry.names("meters") if registry.meter(each).missing("cpu") is None]


class FakeHandle:
    """A worker that answers by what the test gives for a meter, or for "answers"."""

    def __init__(self, **answers: object) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def ask(
        self, request: object, limit_s: float, progress: Callable[[str, float], None] | None = None
    ) -> Any:  # noqa: ANN401 - as the Protocol says
        del limit_s, progress
        name = request.meter if isinstance(request, Measure) else "answers"
        self.asked.append(name)
        answer = self._answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(request, Predict) and answer is None:
            np.save(request.file, np.ones((2, 3)))
        quantity = Quantity(metric=Metric(name=name, unit="", better="lower"), value=1.0)
        return [quantity] if isinstance(request, Measure) else answer

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    (tmp_path / "answers").mkdir()
    return Tally(case=planned(tmp_path)[0])


def run(tally: Tally, tmp_path: Path, **answers: object) -> FakeHandle:
    asked = FakeHandle(**answers)
    passes.run(asked, 1.0, tally, EVERYTHING, tmp_path / "answers")
    return asked


def measured(tally: Tally) -> list[str]:
    return [quantity.metric.name for quantity in tally.quantities]


def test_all_meters_and_then_the_answers_are_had(tally: Tally, tmp_path: Path) -> None:
    assert run(tally, tmp_path).asked == [*METERS, "answers"]
    assert measured(tally) == METERS
    assert tally.predictions is not None
    assert np.load(tally.predictions).shape == (2, 3)
    assert tally.notes == []


class Broken:
    """A meter whose file was changed in the wrong place."""

    @staticmethod
    def missing(device: str) -> str | None:
        del device
        msg = "no such name"
        raise NameError(msg)


def cannot_be_imported() -> None:
    msg = "no module named 'abacus'"
    raise ModuleNotFoundError(msg)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(lambda: Broken, "NameError: no such name", id="asked"),
        pytest.param(
            cannot_be_imported, "ModuleNotFoundError: no module named 'abacus'", id="imported"
        ),
    ],
)
def test_a_meter_whose_file_is_broken_is_a_note_and_the_others_are_asked(
    tally: Tally,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: Callable[[], object],
    reason: str,
) -> None:
    meter = registry.meter
    monkeypatch.setattr(
        registry, "meter", lambda name: found() if name == METERS[0] else meter(name)
    )
    assert run(tally, tmp_path).asked == [*METERS[1:], "answers"]
    assert tally.notes == [f"no {METERS[0]}: {reason}"]


@pytest.mark.parametrize("error", [Failed("OSError: no"), Skipped("OSError: no")])
def test_a_meter_that_fails_is_a_note_and_the_next_is_asked(
    tally: Tally, tmp_path: Path, error: Exception
) -> None:
    assert run(tally, tmp_path, **{METERS[0]: error}).asked == [*METERS, "answers"]
    assert measured(tally) == METERS[1:]
    assert (tally.stopped, tally.notes) == (None, [f"no {METERS[0]}: OSError: no"])


def test_a_worker_that_has_ended_is_asked_no_more(tally: Tally, tmp_path: Path) -> None:
    last, last_but_one = METERS[-1], METERS[-2]
    assert run(tally, tmp_path, **{last_but_one: Gone("by SIGKILL")}).asked == METERS[:-1]
    assert tally.stopped is None
    assert tally.notes == [f"no {last_but_one}, no {last}, no accuracy, no agreement: by SIGKILL"]


@pytest.mark.parametrize("answer", ["the first output has the shape ()", Failed("no space left")])
def test_answers_that_cannot_be_had_leave_a_note_and_no_file(
    tally: Tally, tmp_path: Path, answer: object
) -> None:
    run(tally, tmp_path, answers=answer)
    assert tally.notes == [f"no accuracy, no agreement: {answer}"]
    assert tally.predictions is None
    assert list((tmp_path / "answers").iterdir()) == []


def test_a_folder_that_takes_no_file_is_a_note(tally: Tally, tmp_path: Path) -> None:
    asked = FakeHandle()
    passes.run(asked, 1.0, tally, EVERYTHING, tmp_path / "nowhere")
    assert asked.asked == METERS
    assert tally.notes[0].startswith("no accuracy, no agreement: [Errno 2] No such file")


def test_what_is_there_already_is_not_asked_again(tally: Tally, tmp_path: Path) -> None:
    run(tally, tmp_path)
    assert run(tally, tmp_path).asked == []


def test_what_failed_is_told_once(tally: Tally, tmp_path: Path) -> None:
    for _ in range(2):
        run(tally, tmp_path, answers="the first output has the shape ()")
    assert len(tally.notes) == 1


def test_only_what_is_wanted_is_asked(tally: Tally, tmp_path: Path) -> None:
    asked = FakeHandle()
    passes.run(asked, 1.0, tally, RATIOS, tmp_path)
    assert asked.asked == []
