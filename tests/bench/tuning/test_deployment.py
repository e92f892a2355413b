"""Deployment tuning in the scripted world: what is measured, kept and called the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import cli, recorder
from bench.case import Case
from bench.tuning import deployment_cli
from bench.workers.remote import Failed, Skipped
from bench.workers.requests import Load
from results.publish import publish
from results.store import load, runs
from tests.bench.deployments import BATCHES, deployment, silent
from tests.bench.fakes import TICK_S
from tests.bench.loops import TWO_LOOPS
from tests.bench.runs import TWO_ENGINES, planned

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tuning.deployment import Deployment
    from tests.bench.world import World

DENSE_ONNX = "simple_cnn+dense/onnxruntime-fp32/b1"
HALF_EAGER = "simple_cnn+half_width/eager-fp32/b1"
HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"
FIRST = ('engines = ["eager", "onnxruntime"]', 'engines = ["eager"]')


@pytest.fixture
def search(tmp_path: Path, world: World) -> Deployment:
    return deployment(tmp_path, world, planned(tmp_path))


def loads(world: World, name: str) -> int:
    return sum(who == name and isinstance(request, Load) for who, request in world.asked)


def fronted(search: Deployment) -> dict[str, float]:
    return {one.case.partition("/")[2]: one.time for one in search.front()}


def test_the_front_is_what_nothing_beats_in_time_and_accuracy(
    search: Deployment, world: World
) -> None:
    world.takes(DENSE_ONNX, TICK_S / 2)
    world.takes(HALF_ONNX, TICK_S / 4, error=8.0)  # it says class 0 always
    world.takes(HALF_EAGER, 2 * TICK_S)
    search.search(100, silent)
    assert search.measured == 4
    assert fronted(search) == {HALF_ONNX: 0.25, DENSE_ONNX: 0.5}
    fast, true = search.front()
    assert fast.accuracy < 0.5 < true.accuracy
    assert 0 < fast.held_out < true.held_out


def test_the_search_sees_half_of_the_images_and_the_other_half_is_reported(
    search: Deployment,
) -> None:
    search.search(1, silent)
    (one,) = search.front()
    assert {one.accuracy, one.held_out} == {1.0, 11 / 12}  # one of 24 is wrong


def test_time_is_that_of_a_sample_over_the_smallest_baselines(tmp_path: Path, world: World) -> None:
    search = deployment(tmp_path, world, planned(tmp_path, BATCHES, FIRST))
    world.takes("*/b4", 2 * TICK_S)
    search.search(100, silent)
    assert set(fronted(search).values()) == {0.5}
    assert all(name.endswith("/b4") for name in fronted(search))


def test_a_cell_that_cannot_be_had_is_told_and_another_is_taken(
    search: Deployment, world: World
) -> None:
    world.breaks(f"prepare */{DENSE_ONNX}", Failed("cannot be exported"), on=Case)
    world.breaks(HALF_ONNX, Skipped("not here"))
    search.search(100, silent)
    assert search.measured == 2
    found = {case.partition("/")[2]: why for case, why in search.failed().items()}
    assert found == {DENSE_ONNX: "cannot be exported", HALF_ONNX: "not here"}


def test_nothing_is_measured_twice_and_an_interrupted_search_goes_on(
    search: Deployment, tmp_path: Path, world: World
) -> None:
    search.search(2, silent)
    blocks = len(world.blocks())
    again = deployment(tmp_path, world, planned(tmp_path))
    again.search(2, silent)
    assert len(world.blocks()) == blocks
    world.breaks("*", KeyboardInterrupt(), number=None)
    with pytest.raises(KeyboardInterrupt):
        again.search(100, silent)
    world.faults.clear()
    again.search(100, silent)
    assert again.measured == 4


def test_an_earlier_searchs_failure_is_tried_once_more_and_what_was_skipped_is_not(
    search: Deployment, tmp_path: Path, world: World
) -> None:
    world.breaks(DENSE_ONNX, Failed("out of beads"))
    world.breaks(HALF_EAGER, Failed("out of strings"))
    world.breaks(HALF_ONNX, Skipped("not here"))
    search.search(100, silent)
    search.search(100, silent)
    assert [loads(world, name) for name in (DENSE_ONNX, HALF_EAGER, HALF_ONNX)] == [1, 1, 1]
    del world.faults[0]
    again = deployment(tmp_path, world, planned(tmp_path))
    again.search(100, silent)
    again.search(100, silent)
    assert [loads(world, name) for name in (HALF_EAGER, HALF_ONNX)] == [2, 1]
    assert again.measured == 2
    found = {case.partition("/")[2]: why for case, why in again.failed().items()}
    assert found == {HALF_EAGER: "out of strings", HALF_ONNX: "not here"}


@pytest.mark.parametrize(
    ("fault", "tries"), [(Failed("out of beads"), 2), (Skipped("no such library"), 1)]
)
def test_what_cannot_be_prepared_is_tried_again_only_if_it_failed(
    search: Deployment, tmp_path: Path, world: World, fault: Failed | Skipped, tries: int
) -> None:
    world.breaks(f"prepare */{HALF_ONNX}", fault, on=Case)
    search.search(100, silent)
    deployment(tmp_path, world, planned(tmp_path)).search(100, silent)
    asked = [name for name, _ in world.asked if name.endswith(HALF_ONNX)]
    assert len(asked) == tries


@pytest.fixture
def tune(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from contextlib import nullcontext

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
    }
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
