from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import results.layout.table
import results.store
from bench.case import Case
from bench.engines import onnxruntime
from bench.workers.remote import Failed, Skipped
from bench.workers.requests import Time
from models.data import data_file
from tests.bench.fakes import TICK_S
from tests.bench.runs import printed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.runs import BenchRun
    from tests.bench.world import World
    from tests.conftest import Golden

pytest_plugins = ["pytester"]

DENSE_EAGER = "simple_cnn+dense/eager-fp32/b1"
DENSE_ONNX = "simple_cnn+dense/onnxruntime-fp32/b1"
HALF_EAGER = "simple_cnn+half_width/eager-fp32/b1"
HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"

BROKEN = 'summary = "broken\n'
ANY_TEST = "def test_any(): pass"
TEST_WITH_A_CASE_OF_ITS_OWN = """
    import pytest
    @pytest.mark.parametrize("case", [1, 2])
    def test_any(case): pass
"""

WHOLE_CASE = {
    "case": f"two-engines/{DENSE_ONNX}",
    "scenario": "two-engines",
    "model": "simple_cnn",
    "techniques": ["dense"],
    "engine": "onnxruntime",
    "precision": "fp32",
    "device": "cpu",
    "batch_size": 1,
    "threads": 1,
    "is_baseline": False,
    "status": "measured",
    "reason": None,
    "latency_p50_s": TICK_S / 4,
    "latency_p90_s": TICK_S / 4,
    "latency_p99_s": TICK_S / 4,
    "clock": "fake",
    "ratio": 0.25,
    "ratio_low": 0.25,
    "ratio_high": 0.25,
    "replicates": 3,
    "promised": None,
    "realised": None,
    "realised_low": None,
    "realised_high": None,
    "realised_over_promised": None,
    "throughput_per_s": 4 / TICK_S,
    "params": 1000,
    "nonzero_params": 900,
    "macs": 50_000,
    "artifact_bytes": 4096,
    "build_s": None,
    "host_peak_bytes": 2048 * 1024,
    "device_peak_bytes": None,
    "engine_scratch_bytes": None,
    "engine_weights_bytes": None,
    "load_s": 100 * TICK_S,
    "first_inference_s": TICK_S / 4,
    "ready_s": 100.25 * TICK_S,
    "cpu_s_per_sample": TICK_S / 4,
    "energy_j_per_sample": None,
    "of_limit": None,
    "of_limit_bytes": None,
    "accuracy": 23 / 24,
    "accuracy_low": None,
    "accuracy_high": None,
    "accuracy_seeds": None,
    "accuracy_seeds_mean": None,
    "accuracy_seeds_deviation": None,
    "accuracy_change": 0.0,
    "accuracy_change_to_dense": 0.0,
    "accuracy_verdict": "equal",
    "agreement": 1.0,
    "ready_ratio": 100.25 / 101,
    "ready_ratio_low": 100.25 / 101,
    "ready_ratio_high": 100.25 / 101,
    "ready_verdict": "same",
    "verdict": "faster",
    "data_wait_share": None,
    "training_seeds": None,
    "seeds_reached": None,
    "seeds_diverged": None,
    "target_s": None,
    "accuracy_at_time": None,
    "accuracy_at_time_low": None,
    "accuracy_at_time_high": None,
    "samples_to_target": None,
    "target_ratio": None,
    "target_ratio_low": None,
    "target_ratio_high": None,
    "target_verdict": None,
    "notes": [],
    "accuracy_by_class": [1.0, 5 / 6, 1.0, 1.0],
}


def test_scripted_times_become_exact_ratios(bench_run: BenchRun, world: World) -> None:
    world.takes(DENSE_ONNX, TICK_S / 2)
    world.takes(HALF_EAGER, 2 * TICK_S)
    result = bench_run("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.OK
    cases = bench_run.cases()
    assert {name: (case["ratio"], case["verdict"]) for name, case in cases.items()} == {
        DENSE_EAGER: (1.0, None),
        DENSE_ONNX: (0.5, "faster"),
        HALF_EAGER: (2.0, "slower"),
        HALF_ONNX: (1.0, "same"),
    }
    for case in cases.values():
        assert case["ratio_low"] == case["ratio"] == case["ratio_high"]
        assert case["replicates"] == 3


def test_everything_that_was_scripted_is_in_the_table(bench_run: BenchRun, world: World) -> None:
    world.takes(DENSE_ONNX, TICK_S / 4)
    world.takes(HALF_ONNX, TICK_S, error=8.0)
    bench_run("--benchmark-autosave")
    cases = bench_run.cases()
    raw = {name: cases[DENSE_ONNX].pop(name) for name in ("quantities", "facts")}
    assert (raw["quantities"]["ratio"]["value"], raw["facts"]["clock"]) == (0.25, "fake")
    assert {
        name: pytest.approx(value) if isinstance(value, float) else value
        for name, value in cases[DENSE_ONNX].items()
    } == WHOLE_CASE
    assert cases[HALF_ONNX]["accuracy"] == 6 / 24  # the scripted error has it say class 0 always
    assert cases[HALF_ONNX]["agreement"] == 6 / 24


def test_an_accuracy_that_is_too_good_is_a_footnote_and_a_warning(
    bench_run: BenchRun, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_file("digits"), "PLAUSIBLE_ACCURACY", 0.9)
    world.takes(HALF_EAGER, TICK_S, error=8.0)
    result = bench_run("--benchmark-autosave")
    doubt = "accuracy 0.9583 is above 0.9, not plausible on digits"
    result.stdout.fnmatch_lines(["*warnings summary*", f"*two-engines/{DENSE_EAGER}: {doubt}*"])
    result.stdout.no_fnmatch_line(f"*two-engines/{HALF_EAGER}: accuracy*")
    result.stdout.fnmatch_lines([f"[[]1[]] {doubt}*"])


def test_the_table_looks_like_this(bench_run: BenchRun, world: World, golden: Golden) -> None:
    world.takes(DENSE_ONNX, lambda replicate: TICK_S * (1 + replicate) / 4)
    world.breaks(HALF_EAGER, Failed("the worker was ended by SIGKILL"), on=Time, number=7)
    world.breaks(f"prepare */{HALF_ONNX}", Skipped("no data set here"), on=Case)
    bench_run("--benchmark-autosave")
    stored = results.store.load(bench_run.saved)
    dateless = replace(stored, created="2026-11-24T12:00:00+00:00", path=None)
    golden("two_engines.txt", results.layout.table.text(dateless, 120))


def test_a_run_ends_with_the_table_of_what_it_saved(
    bench_run: BenchRun, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # as wide as where there is no terminal
    world.takes(DENSE_ONNX, lambda replicate: TICK_S * (1 + replicate) / 4)
    world.breaks(HALF_EAGER, Failed("out of luck"))
    result = bench_run("--benchmark-autosave")
    table = printed("table", str(bench_run.saved)).splitlines()
    result.stdout.fnmatch_lines(["*= Speedproof =*"])
    for line in table[1:]:  # the first one says when
        assert line in result.outlines
    result.stdout.fnmatch_lines(
        [f"saved: {bench_run.saved}", "4 cases in *", "time: preparing *, timing *"]
    )


def test_skipped_and_failed_cases_have_rows_with_their_reasons(
    bench_run: BenchRun, world: World
) -> None:
    world.breaks(DENSE_ONNX, Failed("onnxruntime fell back to the abacus"))
    world.breaks(HALF_EAGER, Skipped("this abacus has no bf16"))
    world.breaks(f"prepare */{HALF_ONNX}", Failed("cannot be exported"), on=Case)
    result = bench_run("--benchmark-autosave")
    result.assert_outcomes(passed=1, skipped=1, failed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "Traceback" not in result.stdout.str()
    cases = bench_run.cases()
    assert {name: (case["status"], case["reason"]) for name, case in cases.items()} == {
        DENSE_EAGER: ("measured", None),
        DENSE_ONNX: ("failed", "onnxruntime fell back to the abacus"),
        HALF_EAGER: ("skipped", "this abacus has no bf16"),
        HALF_ONNX: ("failed", "cannot be exported"),
    }
    assert cases[DENSE_ONNX]["latency_p50_s"] is None
    assert cases[DENSE_ONNX]["params"] == 1000  # what the artifact shows stays known
    assert cases[HALF_ONNX]["params"] is None


def test_a_run_with_skipped_cases_only_beside_measured_ones_succeeds(
    bench_run: BenchRun, world: World
) -> None:
    world.breaks("*onnxruntime*", Skipped("not here"))
    result = bench_run()
    result.assert_outcomes(passed=2, skipped=2)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["not saved; add --benchmark-autosave to keep the run"])


def test_a_run_with_cases_that_can_only_be_built_succeeds_and_keeps_what_building_showed(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "built, not run: no CUDA device"
    monkeypatch.setattr(onnxruntime, "ONLY_BUILT", {"cpu": why}, raising=False)
    result = bench_run("--benchmark-autosave")
    result.assert_outcomes(passed=2, skipped=2)
    assert result.ret == pytest.ExitCode.OK
    case = bench_run.cases()[DENSE_ONNX]
    assert (case["status"], case["reason"]) == ("built", why)
    assert (case["artifact_bytes"], case["latency_p50_s"]) == (4096, None)


def test_without_a_baseline_cases_are_measured_and_say_why_they_have_no_ratio(
    bench_run: BenchRun, world: World
) -> None:
    world.breaks(DENSE_EAGER, Failed("broken"))
    bench_run("--benchmark-autosave")
    case = bench_run.cases()[DENSE_ONNX]
    assert case["latency_p50_s"] == TICK_S
    assert case["ratio"] is None
    assert "no ratio: the baseline failed (broken)" in case["notes"]


def test_only_the_baseline_carries_the_yardstick(bench_run: BenchRun, world: World) -> None:
    world.takes("yardstick", 3 * TICK_S)
    bench_run("--benchmark-autosave")
    for record in results.store.load(bench_run.saved).records:
        measured = {block.durations_s[0] for block in record.yardstick_blocks}
        assert measured == ({3 * TICK_S} if record.case.is_baseline else set())


def test_collecting_lists_the_ids_and_measures_nothing(bench_run: BenchRun, world: World) -> None:
    result = bench_run("--collect-only", "-q")
    assert result.ret == pytest.ExitCode.OK
    found = [line.partition("[")[2].rstrip("]") for line in result.outlines if "::" in line]
    assert found == [
        f"two-engines/{name}" for name in (DENSE_EAGER, DENSE_ONNX, HALF_EAGER, HALF_ONNX)
    ]
    assert world.asked == []


@pytest.mark.parametrize(
    "option", [("-k", "half_width and onnxruntime"), ("--case", "*half*/onnx*/b1")]
)
def test_a_baseline_that_is_not_selected_is_measured_and_shown_all_the_same(
    bench_run: BenchRun, world: World, option: tuple[str, str]
) -> None:
    world.takes(HALF_ONNX, TICK_S / 2)
    result = bench_run("--benchmark-autosave", *option)
    result.assert_outcomes(passed=1, deselected=3 if option[0] == "-k" else 0)
    cases = bench_run.cases()
    assert list(cases) == [DENSE_EAGER, HALF_ONNX]
    assert cases[DENSE_EAGER]["status"] == "measured"
    assert cases[DENSE_EAGER]["latency_p50_s"] == TICK_S
    assert cases[HALF_ONNX]["ratio"] == 0.5


def test_options_limit_what_is_measured(bench_run: BenchRun, world: World) -> None:
    bench_run("--benchmark-autosave", "--engine=eager", "--replicates=2", "--budget-s=0.16")
    assert list(bench_run.cases()) == [DENSE_EAGER, HALF_EAGER]
    (record, _) = results.store.load(bench_run.saved).records
    assert {block.replicate for block in record.blocks} == {0, 1}
    assert len(record.blocks) == 2 * 4
    assert {engine for engine, _, _ in world.started} == {"preparation", "eager"}


@pytest.mark.parametrize("file", ["test_any", "test_inference"])
@pytest.mark.parametrize("text", [ANY_TEST, TEST_WITH_A_CASE_OF_ITS_OWN])
def test_a_broken_default_scenario_breaks_no_other_test(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, file: str
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(BROKEN)
    monkeypatch.setattr("scenarios.shipped", lambda: {"broken": broken})
    pytester.makepyfile(**{file: text})
    result = pytester.runpytest_inprocess("-p", "bench.plugin", "-p", "no:hypothesispytest")
    assert result.ret == pytest.ExitCode.OK
    assert "broken.toml" not in result.stdout.str()
