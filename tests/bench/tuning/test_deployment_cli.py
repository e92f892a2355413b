"""`python -m bench tune` in the scripted world: what it asks for, keeps and says."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import optuna
import pytest
from optuna.exceptions import StorageInternalError

from bench import cli, recorder
from bench.tuning import deployment_cli, deployment_text
from bench.workers.remote import Failed
from results.publish import publish
from results.store import load, runs
from tests.bench.loops import TWO_LOOPS
from tests.bench.runs import TWO_ENGINES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.world import World

HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"


@pytest.fixture
def tune(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(deployment_cli, "this_machine", lambda: nullcontext(world.machine()))
    monkeypatch.setattr(deployment_cli, "STUDIES", tmp_path / "studies")
    monkeypatch.setattr(recorder, "STORAGE", tmp_path / "runs")
    (tmp_path / "two-engines.toml").write_text(TWO_ENGINES)
    return ["tune", str(tmp_path / "two-engines.toml")]


def test_the_command_searches_keeps_and_goes_on_when_asked(
    tune: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*tune, "--trials", "2"]) == 0
    assert "2 of 4 cells of two-engines measured" in capsys.readouterr().out
    assert cli.main(tune) == 2
    assert "of two-engines/deploy/0 already; go on with them by --resume" in capsys.readouterr().err
    assert cli.main([*tune, "--resume"]) == 0
    assert "4 of 4 cells of two-engines measured" in capsys.readouterr().out


def test_what_was_found_is_a_run_that_is_shown_and_published_like_any_other(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(tune) == 0
    (file,) = (tmp_path / "runs").glob("*/0001_*.json")
    assert f"  python -m results publish {file}\n" in capsys.readouterr().out
    run = load(file)
    assert run.tuning["two-engines-search"].facts["baseline"].endswith("eager-fp32/b1")
    assert {each.path.name: each.what for each in publish(run, tmp_path / "tables")} == {
        "two-engines-search.csv": "wrote 4 cells",
        "two-engines-search.md": "wrote",
        "environment.json": "wrote",
        "README.md": "wrote",
    }
    page = (tmp_path / "tables").glob("*/*/two-engines-search.md")
    assert "\n> Which engine is faster, and does half the width pay?\n" in next(page).read_text()
    assert cli.main([*tune, "--resume"]) == 0
    assert [path.name[:5] for path in runs(tmp_path / "runs")] == ["0001_", "0002_"]


def test_a_search_that_cannot_be_stored_in_its_place_is_stored_elsewhere(
    tune: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").write_text("no folder")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    assert cli.main(tune) == 0
    (file,) = (tmp_path / "cache" / "rescued").iterdir()
    assert load(file).tuning["two-engines-search"].rows


def test_what_was_found_is_stored_before_it_is_shown(
    tune: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> str:
        raise BrokenPipeError

    monkeypatch.setattr(deployment_text, "text", closed)
    with pytest.raises(BrokenPipeError):
        cli.main(tune)
    (file,) = (tmp_path / "runs").glob("*/0001_*.json")
    assert load(file).tuning["two-engines-search"].rows


def test_a_storage_that_fails_half_way_is_told_and_the_search_goes_on_later(
    tune: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = list[int]()

    def ask(study: optuna.Study, *rest: object) -> optuna.Trial:
        asked.append(1)
        if len(asked) == 3:
            raise StorageInternalError  # which says nothing
        return real(study, *rest)  # type: ignore[arg-type]

    real = optuna.Study.ask
    with monkeypatch.context() as failing:
        failing.setattr(optuna.Study, "ask", ask)
        assert cli.main(tune) == 2
    told = capsys.readouterr().err
    assert "deploy.journal: the storage failed: StorageInternalError; finished trials" in told
    assert "Traceback" not in told
    assert cli.main([*tune, "--resume"]) == 0


def test_the_largest_seed_goes_on_too(tune: list[str]) -> None:
    most = [*tune, "--seed", str(2**32 - 1)]
    assert cli.main([*most, "--trials", "1"]) == 0
    assert cli.main([*most, "--resume"]) == 0


def test_other_cells_are_another_search(
    tune: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(tune) == 0
    assert cli.main([*tune, "--case", "*eager*", "--resume"]) == 2
    assert "two-engines/deploy/0 in this storage is of other cells" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--trials", "0"], "--trials 0: it must be 1 or more"),
        (["--seed", "-1"], "--seed is -1, but must be a whole number from 0 to 4294967295"),
        (["--seed", "4294967296"], "--seed is 4294967296, but must be"),
        (["--case", "none"], "--case 'none': matches none of 4 cases"),
        (["--storage", "postgresql://me:secret@127.0.0.1:1/x"], "me:***@127.0.0.1:1/x cannot be"),
    ],
)
def test_a_wrong_request_is_told(
    tune: list[str], options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*tune, *options]) == 2
    assert said in capsys.readouterr().err


def test_a_search_that_measures_nothing_says_why_and_is_no_success(
    tune: list[str], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.breaks("*", Failed("out of luck"), number=None)
    assert cli.main([*tune, "--trials", "1"]) == 3
    assert not recorder.STORAGE.exists()
    told = capsys.readouterr().out
    assert told.startswith("No cell could be measured.")
    assert "out of luck" in told


def test_a_scenario_that_trains_is_refused_before_anything_is_measured(
    tune: list[str], tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "two-engines.toml").write_text(TWO_LOOPS)
    assert cli.main(tune) == 2
    told = capsys.readouterr().err
    assert "two-engines.toml: its cases train" in told
    assert 'allowed is a scenario with task = "inference", such as digits-deploy' in told
    assert world.asked == []


def test_a_bundle_is_refused_and_its_scenarios_that_infer_are_named(
    tune: list[str], tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.toml").write_text(TWO_ENGINES)
    (tmp_path / "loops.toml").write_text(TWO_LOOPS)
    bundle = tmp_path / "all.toml"
    bundle.write_text('summary = "all"\nscenarios = ["two-engines", "other", "loops"]')
    assert cli.main([tune[0], str(bundle)]) == 2
    told = capsys.readouterr().err
    assert "all.toml: stands for 3 scenarios, each with a baseline of its own" in told
    assert told.endswith("take one of two-engines, other\n")
    assert world.asked == []


def test_ctrl_c_says_what_is_kept(
    tune: list[str], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.breaks(HALF_ONNX, KeyboardInterrupt())
    assert cli.main(tune) == 130
    assert "measured cells are kept in" in capsys.readouterr().err


def test_what_this_machine_cannot_have_is_not_proposed(
    tune: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "two-engines.toml"
    scenario.write_text(TWO_ENGINES + "threads = [1, 1024]\n")
    assert cli.main(tune) == 0
    assert "4 of 4 cells of two-engines measured (100%), 0 failed" in capsys.readouterr().out
    assert cli.main([*tune, "--case", "*/t1024"]) == 2
    assert "none of 4 cells can be had here; of the first: needs 1024" in capsys.readouterr().err
