from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from bench.workers.remote import Failed
from tests.bench.fakes import TICK_S
from tests.bench.loops import LOOK, TWO_LOOPS

if TYPE_CHECKING:
    from tests.bench.runs import BenchRun
    from tests.bench.world import World

pytest_plugins = ["pytester"]

DENSE = "simple_cnn+dense/train_eager-fp32/b2"
LAST = "simple_cnn+channels_last/train_eager-fp32/b2"
LARGER = "simple_cnn+larger_batch@times=4/train_eager-fp32/b2"
CYCLE = "simple_cnn+one_cycle/train_eager-fp32/b2"


@pytest.fixture
def cases(bench_run: BenchRun, world: World) -> dict[str, dict[str, object]]:
    """A run in which a layout halves the step, and a step of a larger batch takes twice as long."""
    bench_run.scenario.write_text(TWO_LOOPS)
    world.takes(LAST, TICK_S / 2)
    world.takes(LARGER, 2 * TICK_S)
    result = bench_run("--benchmark-autosave")
    result.assert_outcomes(passed=4)
    return bench_run.cases()


def test_a_training_scenario_is_measured_by_tests_of_its_own(
    bench_run: BenchRun, world: World
) -> None:
    bench_run.scenario.write_text(TWO_LOOPS)
    result = bench_run("--collect-only", "-q")
    result.stdout.fnmatch_lines([f"*test_training.py::test_training*{DENSE}*"])
    result.stdout.no_fnmatch_line("*test_inference*")
    assert world.asked == []


def test_inference_is_measured_by_its_own_alone(bench_run: BenchRun) -> None:
    result = bench_run("--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_inference.py::test_inference*"])
    result.stdout.no_fnmatch_line("*test_training*")


def test_each_task_has_its_own_tests_in_one_run(bench_run: BenchRun) -> None:
    other = bench_run.folder / "two-loops.toml"
    other.write_text(TWO_LOOPS)
    result = bench_run("--scenario", str(other), "--collect-only", "-q")
    found = [line.split("::")[1] for line in result.outlines if "::" in line]
    tests = {(name.partition("[")[0], name.partition("[")[2].partition("/")[0]) for name in found}
    assert tests == {("test_inference", "two-engines"), ("test_training", "two-loops")}
    assert len(found) == 8


def test_a_mistake_in_a_training_scenario_ends_the_collection_and_is_told_once(
    bench_run: BenchRun,
) -> None:
    bench_run.scenario.write_text(TWO_LOOPS.replace("target_accuracy", "target_acuracy"))
    result = bench_run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    told = [line for line in result.outlines if "unknown key 'target_acuracy'" in line]
    assert len(told) == 1
    assert "Traceback" not in result.stdout.str()


def test_durations_are_of_as_many_samples_for_every_case(
    cases: dict[str, dict[str, object]],
) -> None:
    ratios = {name: cases[name]["ratio"] for name in (DENSE, LAST, LARGER, CYCLE)}
    assert ratios == {DENSE: 1.0, LAST: 0.5, LARGER: 0.5, CYCLE: 1.0}
    assert cases[LARGER]["latency_p50_s"] == TICK_S / 2
    assert cases[LARGER]["throughput_per_s"] == 4 / TICK_S


def test_time_to_target_is_samples_times_the_time_of_one(
    cases: dict[str, dict[str, object]],
) -> None:
    assert cases[DENSE]["samples_to_target"] == pytest.approx(4 * LOOK)
    assert cases[CYCLE]["target_ratio_low"] < 0.4  # type: ignore[operator]  # 1 to 2 of 3 to 4 looks
    assert cases[DENSE]["target_s"] == pytest.approx(4 * LOOK * TICK_S / 2)
    assert cases[LAST]["target_ratio"] == 0.5
    assert cases[CYCLE]["target_ratio"] == pytest.approx(0.5)
    assert {cases[name]["target_verdict"] for name in (LAST, CYCLE)} == {"faster"}


def test_a_seed_that_never_arrived_is_counted_and_leaves_no_ratio(
    cases: dict[str, dict[str, object]],
) -> None:
    found = cases[LARGER]
    assert (found["training_seeds"], found["seeds_reached"], found["seeds_diverged"]) == (3, 2, 1)
    assert (found["target_ratio"], found["samples_to_target"], found["target_s"]) == (None,) * 3
    assert "no time to target: 1 of 3 seeds never reached it, 1 diverged" in str(found["notes"])


def test_accuracy_is_the_mean_of_the_seeds_on_test_images(
    cases: dict[str, dict[str, object]],
) -> None:
    assert cases[DENSE]["accuracy"] == 0.875
    assert cases[LARGER]["accuracy"] == pytest.approx((2 * 0.875 + 0.75) / 3)


def test_at_the_baselines_time_each_has_seen_what_its_speed_allows(
    cases: dict[str, dict[str, object]],
) -> None:
    """Twice as fast, the larger batch has seen all; its third seed never learns anything."""
    assert cases[DENSE]["accuracy_at_time"] == pytest.approx(0.95)
    assert cases[LARGER]["accuracy_at_time"] == pytest.approx((0.95 + 0.95 + 0.5) / 3)


def test_equal_trainings_have_learnt_the_same_though_one_was_measured_a_hair_slower(
    bench_run: BenchRun, world: World
) -> None:
    """All seeds of the baseline arrive at one look, and so does their mean."""
    bench_run.scenario.write_text(TWO_LOOPS)
    world.takes(LAST, TICK_S * 1.0001)
    bench_run("--benchmark-autosave").assert_outcomes(passed=4)
    cases = bench_run.cases()
    assert cases[LAST]["ratio"] == pytest.approx(1.0001)
    assert cases[DENSE]["accuracy_at_time"] == pytest.approx(0.95)
    assert cases[LAST]["accuracy_at_time"] == pytest.approx(0.95, abs=1e-3)


def test_a_training_that_failed_is_still_known_as_one(bench_run: BenchRun, world: World) -> None:
    bench_run.scenario.write_text(TWO_LOOPS)
    world.breaks("*", Failed("out of luck"))
    result = bench_run("--benchmark-autosave")
    result.stdout.fnmatch_lines(["*variant*engine*step*MACs*", "*precision*vs baseline*"])
    result.stdout.no_fnmatch_line("*promised*")


def test_the_interval_of_an_accuracy_is_students_over_the_seeds(
    bench_run: BenchRun, cases: dict[str, dict[str, object]]
) -> None:
    assert cases
    (record,) = [
        one["extra_info"]["record"]
        for one in bench_run.document()["benchmarks"]
        if LARGER in one["name"]
    ]
    (found,) = [one for one in record["quantities"] if one["metric"]["name"] == "accuracy"]
    deviation = 0.125 / math.sqrt(3)
    half_width = 4.302652729749464 * deviation / math.sqrt(3)  # t of 97.5 % at two degrees
    center = (2 * 0.875 + 0.75) / 3
    assert found["low"] == pytest.approx(center - half_width)
    assert found["high"] == 1.0  # no share is larger
    assert found["n"] == 24
