"""What a task has evaluated, and how often it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.tuning.study import Study
from tests.models.tuning.fake import Fake, run, task

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from models.tuning.space import Configuration
    from models.tuning.trial import Trial

ONE: Configuration = {"depth": 1, "split": 2, "steps": 4}
OTHER: Configuration = {"depth": 2, "split": 2, "steps": 4}


def test_what_is_known_of_many_configurations_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that draws thousands of them would wait for each."""
    one = task(tmp_path / "journal")
    run("grid", one)
    wanted = [dict(trial.configuration) for trial in one.study.trials()]
    readings = list[int]()
    read = Study.trials

    def counted(study: Study) -> list[Trial]:
        readings.append(1)
        return read(study)

    monkeypatch.setattr(Study, "trials", counted)
    assert [trial.configuration for trial in one.evaluate_all(wanted, one.splits())] == wanted
    assert len(readings) == 1


def test_what_is_listed_twice_is_fitted_once(tmp_path: Path) -> None:
    """Whole numbers by chance come again."""
    fake = Fake()
    one = task(tmp_path / "journal", problem=fake)
    first, second, third = one.evaluate_all([ONE, OTHER, ONE], one.splits())
    assert (first, second.configuration) == (third, OTHER)
    assert fake.fitted == [ONE] * 3 + [OTHER] * 3
