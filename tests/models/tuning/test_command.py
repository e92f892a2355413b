"""`python -m models tune`, from a scenario file to its table."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import pytest
from optuna.study import StudyDirection

from models.__main__ import main
from models.tuning import command, tuned
from models.tuning.problems import random_forest
from models.tuning.storage import open_storage

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
    best = tomllib.loads((tmp_path / "tuned/tiny.toml").read_text())
    assert best["configuration"]["max_depth"] == 4
    assert best["provenance"]["cross_validated"] > 0.5
    trials = (tmp_path / "results/tiny/trials.csv").read_text()
    assert len(trials.splitlines()) == 1 + 4 + 2

    assert main(tune) == 2
    assert "holds 6 trials of tiny/grid/0 and 1 other" in capsys.readouterr().err

    monkeypatch.setattr(random_forest, "score", None)  # nothing is fitted any more
    assert main([*tune, "--resume"]) == 0
    assert capsys.readouterr().out == table


@pytest.mark.parametrize("closed", ["tuned", "results"])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_fitted(
    closed: str,
    tune: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remedies = {
        "tuned": "name another folder with --to",
        "results": "make it so: tables and trials are written there",
    }
    monkeypatch.setattr(random_forest, "score", None)
    (tmp_path / closed).write_text("")
    assert main(tune) == 2
    said = capsys.readouterr().err
    assert said.endswith(f"cannot be written (Not a directory); {remedies[closed]}\n")


def test_more_folds_than_images_of_a_class_are_told_with_their_place(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = SCENARIO.replace("samples = 200", "samples = 100\nfolds = 20")
    (tmp_path / "tiny.toml").write_text(few)
    assert main(tune) == 2
    said = capsys.readouterr().err
    assert re.search(r"tiny.toml: folds: is 20, but no class has more than 1\d of the 100", said)


def test_importance_is_of_the_search_that_judged_most(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = SCENARIO.replace("[1, 2]", "[1, 2, 3]").replace("[1, 4]", "[1, 2, 4]")
    (tmp_path / "tiny.toml").write_text(wide)
    assert main(tune) == 0
    line = "Importance (fANOVA, the 9 trials of grid, seed 0): "
    assert line in capsys.readouterr().out


def test_a_search_that_judged_nothing_is_named(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two fits are less than one configuration on three folds; the grid tries everything anyway."""
    (tmp_path / "tiny.toml").write_text(SCENARIO.replace("fits = 6", "fits = 2"))
    assert main([*tune, "--seed", "3"]) == 0
    told = capsys.readouterr()
    assert "tpe, seed 3: ended before it had judged any configuration on all folds" in told.err
    assert "grid, seed 3: ended" not in told.err
    assert [line.split()[0] for line in told.out.splitlines()[2:3]] == ["grid"]


def searchers(tmp_path: Path) -> list[str]:
    """Of the trials that were written, each once, in their order."""
    rows = (tmp_path / "results/tiny/trials.csv").read_text().splitlines()[1:]
    return list(dict.fromkeys(",".join(row.split(",")[:2]) for row in rows))


def test_one_more_search_is_written_beside_those_that_ended_before(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*tune, "--searcher", "grid"]) == 0
    capsys.readouterr()
    assert main([*tune, "--searcher", "tpe", "--seed", "0", "--resume"]) == 0
    table = capsys.readouterr().out
    assert [line.split()[0] for line in table.splitlines()[2:4]] == ["grid", "tpe"]
    assert searchers(tmp_path) == ["grid,0", "tpe,0"]
    best = tomllib.loads((tmp_path / "tuned/tiny.toml").read_text())["provenance"]
    assert best["searcher"] == "grid"  # which tried everything
    assert "--searcher grid --seed 0 --to" in best["command"]


@pytest.mark.parametrize("budget", ["0.5", "1000"])
def test_a_search_of_another_budget_is_not_compared(
    tune: list[str], tmp_path: Path, budget: str
) -> None:
    assert main([*tune, "--searcher", "tpe"]) == 0
    assert main([*tune, "--searcher", "random", "--budget-s", budget, "--resume"]) == 0
    assert searchers(tmp_path) == ["random,0"]


def test_what_else_the_storage_holds_costs_a_search_nothing(
    tune: list[str], tmp_path: Path
) -> None:
    """The scenario as it was before, and studies that are none of the suite's."""
    assert main([*tune, "--searcher", "grid"]) == 0
    storage = open_storage(tmp_path / "results/tiny/study.journal")
    for name in ("somebody's own", "tiny", "tiny/of/another/tool"):
        storage.create_new_study([StudyDirection.MAXIMIZE], study_name=name)
    (tmp_path / "tiny.toml").write_text(SCENARIO.replace("[1, 4]", "[2, 4]"))
    assert main([*tune, "--searcher", "tpe", "--resume"]) == 0
    assert searchers(tmp_path) == ["tpe,0"]


def test_a_grid_that_its_seconds_ended_is_no_reference(
    tune: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*tune, "--budget-s", "0.000001"]) == 0
    assert "regret" not in capsys.readouterr().out


def test_the_best_says_how_it_is_made_again(
    tune: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrowed = ["--searcher", "tpe", "--searcher", "random", "--seed", "3", "--budget-s", "1000"]
    assert main([*tune, *narrowed]) == 0
    file = tmp_path / "tuned/tiny.toml"
    first = tomllib.loads(file.read_text())
    again = first["provenance"]["command"]
    assert again == shlex.join(["python", "-m", "models", *tune[:2], *narrowed, *tune[2:]])

    file.unlink()
    monkeypatch.setattr(command, "RESULTS", tmp_path / "other results")
    assert main(shlex.split(again)[3:]) == 0
    assert tomllib.loads(file.read_text())["configuration"] == first["configuration"]


def test_the_best_is_kept_where_the_technique_looks_and_not_in_the_checkout(
    tune: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tuned, "TUNED", tmp_path / "shipped")
    unasked = [*tune[:2], "--searcher", "tpe"]
    assert main(unasked) == 0
    kept = tmp_path / "cache/tuned/tiny.toml"
    assert f"in {kept}\nEvery trial" in capsys.readouterr().out
    assert tuned.read("tiny").configuration["max_depth"] == 4
    assert not (tmp_path / "shipped").exists()

    (tmp_path / "shipped").mkdir()
    kept.rename(tmp_path / "shipped/tiny.toml")
    assert main([*unasked, "--resume"]) == 0
    said = f"tuned@name=tiny stays {tmp_path}/shipped/tiny.toml; --to {tmp_path}/shipped replaces"
    assert said in capsys.readouterr().out


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
        (["--budget-s", "inf"], "--budget-s is inf, but must be seconds above 0 and below inf"),
        (["--budget-s", "nan"], "--budget-s is nan, but must be"),
        (["--seed", "-1"], "--seed is -1, but must be a whole number from 0 to 4294967295"),
        (["--seed", "4294967296"], "--seed is 4294967296, but must be a whole"),
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


def test_a_seed_that_cannot_be_is_told_before_anything_is_kept(
    tune: list[str], tmp_path: Path
) -> None:
    assert main([*tune, "--seed", "-1"]) == 2
    assert not (tmp_path / "results").exists()


def test_a_grid_of_a_range_and_a_changed_scenario_are_told_with_their_place(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(SCENARIO.replace("[1, 4]", "{ low = 1, high = 4 }").replace('"grid", ', ""))
    assert main([*tune, "--searcher", "grid"]) == 2
    assert f"{file}: max_depth is a range" in capsys.readouterr().err
    assert main(tune) == 0
    file.write_text(SCENARIO)
    assert main([*tune, "--resume"]) == 2
    said = f"{tmp_path}/results/tiny/study.journal: the study tiny/tpe/0 is of another scenario"
    assert said in capsys.readouterr().err


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
