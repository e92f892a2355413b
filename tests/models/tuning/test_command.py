"""`python -m models tune`, from a scenario file to its table."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from models.__main__ import main
from models.tuning import command
from models.tuning.problems import random_forest

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """
summary = "tiny"
problem = "random_forest"
dataset = "digits"
samples = 200
searchers = ["grid", "tpe"]
[budget]
fits = 6
[space]
n_estimators = [1, 2]
max_depth = [1, 4]
"""


@pytest.fixture
def tune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command's arguments, with everything it writes under tmp_path."""
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    (tmp_path / "tiny.toml").write_text(SCENARIO)
    return ["tune", str(tmp_path / "tiny.toml"), "--to", str(tmp_path / "tuned")]


def test_a_search_ends_in_a_table_and_a_file_and_is_not_begun_twice(
    tune: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(tune) == 0
    table = capsys.readouterr().out
    assert [line.split()[0] for line in table.splitlines()[2:4]] == ["grid", "tpe"]
    tuned = tomllib.loads((tmp_path / "tuned/tiny.toml").read_text())
    assert tuned["configuration"]["max_depth"] == 4
    assert tuned["provenance"]["cross_validated"] > 0.5
    trials = (tmp_path / "results/tiny/trials.csv").read_text()
    assert len(trials.splitlines()) == 1 + 4 + 2

    assert main(tune) == 2
    assert "holds 6 trials of tiny/grid/0 and 1 other" in capsys.readouterr().err

    monkeypatch.setattr(random_forest, "score", None)  # nothing is fitted any more
    assert main([*tune, "--resume"]) == 0
    assert capsys.readouterr().out == table


def test_ctrl_c_keeps_what_is_finished(
    tune: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun = random_forest.score, list[int]()

    def score(*arguments: object) -> float:
        begun.append(1)
        if len(begun) == 5:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(random_forest, "score", score)
    assert main(tune) == 130
    assert "Interrupted: 1 finished trials are kept in" in capsys.readouterr().err
    assert main([*tune, "--resume"]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--searcher", "tpee"], "unknown searcher 'tpee'; searchers are .*did you mean 'tpe'"),
        (["--budget-s", "0"], "--budget-s is 0, but must be"),
        (["--storage", "postgresql://127.0.0.1:1/x"], "the database postgresql://127.0.0.1:1/x"),
    ],
)
def test_a_wrong_request_is_told(
    tune: list[str], options: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*tune, *options]) == 2
    error = capfd.readouterr().err
    assert re.search(said, error)
    assert "Traceback" not in error


def test_going_on_with_another_scenarios_study_is_refused(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--storage", str(tmp_path / "journal"), "--searcher", "tpe"]
    assert main([*tune, *place]) == 0
    (tmp_path / "other.toml").write_text(SCENARIO)
    assert main(["tune", str(tmp_path / "other.toml"), *place, "--resume"]) == 2
    assert "holds searches of tiny and none of other" in capsys.readouterr().err


def test_a_budget_of_seconds_limits_the_grid_too(
    tune: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*tune, "--searcher", "grid", "--budget-s", "0.000001"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[:3] == ["grid", "1", "3"]
