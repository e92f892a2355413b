"""Which cases are controls, and how a run with controls ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import results.store
from bench import options
from bench.case import Case
from bench.measuring import controls
from bench.workers.remote import Failed
from results.judging.controls import FACT, HALF_WIDTH, TWIN, UNSTRUCTURED
from tests.bench.fakes import TICK_S
from tests.bench.loops import TWO_LOOPS
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.runs import BenchRun
    from tests.bench.world import World

pytest_plugins = ["pytester"]

DEFAULT = ("baseline =", "default = true\nbaseline =")
ZEROS = ('"half_width"', '"prune_unstructured@amount=0.8", "half_width"')
DENSE = "simple_cnn+dense/eager-fp32/b1"
PRUNED = "simple_cnn+prune_unstructured@amount=0.8/eager-fp32/b1"
HALF = "simple_cnn+half_width/eager-fp32/b1"


def named(cases: list[Case]) -> dict[str, str]:
    return {
        case.id.partition("/")[2]: control
        for case in cases
        if (control := controls.control_of(case))
    }


def test_a_default_scenario_of_trainings_has_a_twin(tmp_path: Path) -> None:
    cases = controls.with_twins(planned(tmp_path, DEFAULT, text=TWO_LOOPS))
    assert named(cases) == {"simple_cnn+dense/train_eager-fp32/b2/twin": TWIN}


def test_a_default_scenario_has_three_controls_in_each_group(tmp_path: Path) -> None:
    cases = controls.with_twins(planned(tmp_path, DEFAULT, ZEROS))
    assert named(cases) == {f"{DENSE}/twin": TWIN, PRUNED: UNSTRUCTURED, HALF: HALF_WIDTH}
    assert [case.id.partition("/")[2] for case in cases[:2]] == [DENSE, f"{DENSE}/twin"]
    assert len({case.group for case in cases}) == 1


def test_on_a_gpu_every_scenario_has_a_twin(tmp_path: Path) -> None:
    planned_there = [replace(case, device="cuda:0") for case in planned(tmp_path)]
    assert named(controls.with_twins(planned_there)) == {f"{DENSE}/cuda0/twin": TWIN}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("baseline =", "default = false\nbaseline ="), id="not_of_the_default_run"),
        pytest.param(("dense/eager", "dense/onnxruntime"), id="baseline_on_another_engine"),
        pytest.param(("dense/eager", "half_width/eager"), id="baseline_not_dense"),
    ],
)
def test_other_scenarios_have_none(tmp_path: Path, change: tuple[str, str]) -> None:
    first = DEFAULT if "default" not in change[1] else change
    cases = planned(tmp_path, *dict.fromkeys((first, change)))
    assert named(cases) == {}
    assert controls.with_twins(cases) == cases


def test_unstructured_pruning_is_a_control_wherever_it_is_measured(tmp_path: Path) -> None:
    cases = planned(tmp_path, ZEROS)
    assert named(cases) == {PRUNED: UNSTRUCTURED}
    assert controls.with_twins(cases) == cases


def test_a_composition_is_no_control(tmp_path: Path) -> None:
    both = ('"half_width"', '["half_width", "prune_unstructured"]')
    assert named(planned(tmp_path, DEFAULT, both)) == {}


def test_half_width_is_no_control_on_a_gpu_where_a_small_network_waits_for_launches(
    tmp_path: Path,
) -> None:
    cases = [replace(case, device="cuda:0") for case in planned(tmp_path, DEFAULT, ZEROS)]
    assert sorted(named(controls.with_twins(cases)).values()) == [TWIN, UNSTRUCTURED]


def test_the_default_run_has_a_twin_a_group_and_the_self_check_has_none() -> None:
    measured = options.selected_cases(options.Options(device="cpu", twins=True))
    groups = {case.group for case in measured}
    assert len([case for case in measured if case.twin]) == len(groups) > 1
    checked = options.Options(device="cpu", cases=("*+dense/*-fp32/*",))
    assert not any(case.twin for case in options.selected_cases(checked))


@pytest.fixture
def default_run(bench_run: BenchRun) -> BenchRun:
    """The scenario of `bench_run` as one of the default run, with its three controls."""
    text = bench_run.scenario.read_text()
    for old, new in (DEFAULT, ZEROS):
        text = text.replace(old, new)
    bench_run.scenario.write_text(text)
    return bench_run


def test_a_run_ends_with_its_controls_and_stores_them(default_run: BenchRun, world: World) -> None:
    world.takes(HALF, TICK_S / 2)
    result = default_run("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.OK
    passed = (
        "controls: two-engines, batch size 1, 1 thread, cpu: A/A twin same (ratio 1.000), "
        "unstructured pruning same (ratio 1.000), half width faster (ratio 0.5000): passed"
    )
    stored = results.store.load(default_run.saved)
    assert stored.notes == (passed,)
    assert f"Note: {passed}" in " ".join(result.outlines)
    assert default_run.cases()[f"{DENSE}/twin"]["verdict"] == "same"
    assert [r.facts.get(FACT) for r in stored.records].count(TWIN) == 1


def test_a_twin_is_a_test_of_its_own(default_run: BenchRun) -> None:
    result = default_run("--collect-only", "-q")
    assert f"test_inference.py::test_inference[two-engines/{DENSE}/twin]" in result.stdout.str()


def test_a_failed_control_makes_the_run_untrusted(default_run: BenchRun, world: World) -> None:
    world.takes("*onnxruntime*", TICK_S / 4)  # half width in eager is as slow as all of it
    result = default_run("--benchmark-autosave")
    group = "two-engines, batch size 1, 1 thread, cpu"
    loud = f"UNTRUSTED: {group}: half width same (ratio 1.000) but must be faster"
    result.stdout.fnmatch_lines([f"{loud}*", "dense *untrusted*", f"{loud}*"])
    for name, case in default_run.cases().items():
        assert case["verdict"] == (None if name == DENSE else "untrusted")
        assert case["notes"][-1].startswith(loud)


@pytest.mark.parametrize("selection", [("--case", "*half*/eager*"), ("-k", "half and eager")])
def test_controls_that_were_not_selected_are_not_reported(
    default_run: BenchRun, world: World, selection: tuple[str, str]
) -> None:
    world.takes(HALF, TICK_S / 2)
    default_run("--benchmark-autosave", *selection)
    assert list(default_run.cases()) == [DENSE, HALF]
    (note,) = results.store.load(default_run.saved).notes
    assert "half width faster" in note
    assert "twin" not in note


def test_a_twin_can_be_selected_alone(default_run: BenchRun) -> None:
    default_run("--benchmark-autosave", "--case=*/twin")
    assert list(default_run.cases()) == [DENSE, f"{DENSE}/twin"]


def test_controls_that_failed_to_run_are_reported_as_such(
    default_run: BenchRun, world: World
) -> None:
    world.breaks(HALF, Failed("out of luck"))
    world.breaks(f"prepare *{PRUNED}", Failed("cannot be pruned"), on=Case)
    default_run("--benchmark-autosave")
    (note,) = results.store.load(default_run.saved).notes
    assert "unstructured pruning failed (cannot be pruned), half width failed (out of luck)" in note
    assert "inconclusive" in note


def test_too_few_replicates_leave_controls_inconclusive(
    default_run: BenchRun, world: World
) -> None:
    world.takes("*", TICK_S)
    default_run("--benchmark-autosave", "--replicates=2", "--budget-s=0.16")
    (note,) = results.store.load(default_run.saved).notes
    assert note.count("inconclusive") == 4
    assert {case["verdict"] for case in default_run.cases().values()} == {None, "inconclusive"}
