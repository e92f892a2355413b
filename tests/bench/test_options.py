from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import scenarios
from bench import options
from bench.device import present
from bench.options import OptionError, Options
from models.tuning import scenario as tuning_files
from tests.bench.runs import DENSE_EAGER, ENVIRONMENT, TWO_ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.runs import BenchRun
    from tests.bench.world import World

pytest_plugins = ["pytester"]


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "two-engines.toml"
    file.write_text(TWO_ENGINES)
    return str(file)


def ids(asked: Options) -> list[str]:
    return [case.id.partition("/")[2] for case in options.selected_cases(asked)]


def test_without_options_the_default_scenarios_are_measured() -> None:
    found = options.selected_cases(Options(device="cpu"))
    assert {case.scenario.name for case in found} == {"digits-cnn", "digits-training"}
    assert {case.batch_size for case in found} == {1, 32}


def test_a_scenario_is_given_by_name_or_by_path_and_only_once(scenario: str) -> None:
    found = options.selected_cases(
        Options(device="cpu", scenarios=("smoke", scenario, "smoke", scenario))
    )
    assert list(dict.fromkeys(case.scenario.name for case in found)) == ["smoke", "two-engines"]
    assert len({case.id for case in found}) == len(found)


def test_globs_and_engines_select_together(scenario: str) -> None:
    asked = Options(
        device="cpu",
        scenarios=(scenario,),
        cases=("*half*", "*/simple_cnn+dense/*"),
        engines=("onnxruntime",),
    )
    assert ids(asked) == [
        "simple_cnn+dense/onnxruntime-fp32/b1",
        "simple_cnn+half_width/onnxruntime-fp32/b1",
    ]


def test_a_glob_means_upper_and_lower_case_apart(scenario: str) -> None:
    with pytest.raises(OptionError, match="matches none of 4 cases"):
        ids(Options(device="cpu", scenarios=(scenario,), cases=("*DENSE*",)))


def test_replicates_and_seconds_take_the_place_of_those_of_the_scenario(scenario: str) -> None:
    asked = Options(device="cpu", scenarios=(scenario,), replicates=1, budget_s=9.5)
    for case in options.selected_cases(asked):
        assert case.scenario.budget.replicates == 1
        assert case.scenario.budget.seconds_per_case == 9.5


@pytest.mark.parametrize(
    ("name", "device"),
    [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:0", "cuda:0"), ("cuda:13", "cuda:13")],
)
def test_a_device_is_resolved(name: str, device: str) -> None:
    assert options.resolve_device(name) == device


def test_each_case_is_measured_on_each_device_that_is_named(scenario: str) -> None:
    found = options.selected_cases(Options(device="cuda:1,cpu,cuda:1", scenarios=(scenario,)))
    by_device = {each: [c for c in found if c.device == each] for each in ("cuda:1", "cpu")}
    count = len(by_device["cpu"])
    assert [case.device for case in found] == ["cuda:1"] * count + ["cpu"] * count
    assert len({case.id for case in found}) == len(found)
    assert {c.group for c in by_device["cpu"]}.isdisjoint(c.group for c in by_device["cuda:1"])
    assert [sum(c.is_baseline for c in cases) for cases in by_device.values()] == [1, 1]


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_auto_is_what_can_be_used_here(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr(present, "auto", lambda: device)
    assert options.resolve_device("auto") == device


def test_gpus_of_two_kinds_are_refused(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "unlike", lambda devices: f"unlike: {', '.join(devices)}")
    with pytest.raises(OptionError, match="unlike: cuda:0, cuda:1"):
        options.selected_cases(Options(device="cuda,cuda:1", scenarios=(scenario,)))


def test_a_run_is_of_the_machine_whose_devices_it_measures(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []

    def environment(devices: Iterable[str]) -> dict[str, Any]:
        asked.append(set(devices))
        return dict(ENVIRONMENT)

    monkeypatch.setattr("bench.plugin.environment", environment)
    bench_run("--replicates=1", f"--case=*/{DENSE_EAGER}/cuda1", "--device=cuda:1")
    assert asked
    assert all(devices == {"cuda:1"} for devices in asked)


def test_a_run_for_whose_gpu_the_cpu_was_taken_says_why(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(present, "why_cpu", lambda asked: f"{asked}: version mismatch")
    said = bench_run("--replicates=1", f"--case=*/{DENSE_EAGER}").stdout.str()
    assert "measured on the CPU, as the GPU cannot be used: cpu: version mismatch" in said


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "", "cuda0"])
def test_an_unknown_device_names_the_allowed_ones(name: str) -> None:
    with pytest.raises(OptionError, match=r"allowed are cpu, cuda, cuda:N .* and auto"):
        options.resolve_device(name)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--engine", "openvin"), ["--engine 'openvin'", "eager, ", "did you mean 'openvino'"]),
        (
            ("--engine", "abacus"),
            ["--engine 'abacus'", "onnxruntime_tensorrt, openvino, tensorrt, tensorrt_cuda_graph"],
        ),
        (("--scenario", "smok"), ["--scenario 'smok'", "digits-cnn, ", "did you mean 'smoke'"]),
        (
            ("--scenario", "digits-forst"),
            ["--scenario 'digits-forst'", "digits-short, ", "did you mean 'digits-forest'"],
        ),
        (("--scenario", "no/such.toml"), ["such.toml"]),
        (("--device", "gpu"), ["--device 'gpu'", "cpu, cuda, cuda:N"]),
        (("--case", "*/abacus-*"), ["--case '*/abacus-*'", "two-engines/simple_cnn+dense/eager"]),
        (("--case", "eager"), [f"{DENSE_EAGER}; a pattern is of the whole id: try", "'*eager*'"]),
        (("--engine", "openvino"), ["--engine 'openvino'", "matches none of 4 cases"]),
        (("--replicates", "0"), ["--replicates 0", "1 or more"]),
        (("--budget-s", "0"), ["--budget-s 0", "above 0"]),
        (("--budget-s", "nan"), ["--budget-s nan", "above 0"]),
        (("--scenario", f"{'long' * 100}.toml"), ["longlong", "cannot be read"]),
    ],
)
def test_a_wrong_option_is_one_clear_message(
    bench_run: BenchRun, world: World, given: tuple[str, str], said: list[str]
) -> None:
    result = bench_run(*given)
    assert_one_clear_message(result, said)
    assert world.asked == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("[budget]", "[budget"), ["two-engines.toml", "not valid TOML", "line 7"]),
        (('"onnxruntime"', '"onnx_runtime"'), ["two-engines.toml", "[matrix]", "'onnxruntime'"]),
        (("batch_sizes", "batches"), ["two-engines.toml", "[matrix]", "batches", "batch_sizes"]),
        (('"dense"', '"denser"'), ["two-engines.toml", "[matrix]", "denser", "'dense'"]),
        (('baseline = "dense/eager-fp32"', ""), ["two-engines.toml", "baseline"]),
        (('"digits"', '"digit"'), ["two-engines.toml", "dataset", "'digits'"]),
        (
            ('baseline = "dense', 'baseline = "prune_structured@ratio=7'),
            ["two-engines.toml: top level: baseline: ", "ratio", "7"],
        ),
        (('["dense",', '["grouped@groups=0",'), ["two-engines.toml: [matrix]: techniques: ", "0"]),
        (('"simple_cnn"', '{ onnx = "no.onnx" }'), ["two-engines.toml", "there is no file"]),
    ],
)
def test_a_wrong_scenario_is_one_clear_message(
    bench_run: BenchRun, world: World, wrong: tuple[str, str], said: list[str]
) -> None:
    bench_run.scenario.write_text(TWO_ENGINES.replace(*wrong))
    assert_one_clear_message(bench_run(), said)
    assert world.asked == []


def assert_one_clear_message(result: pytest.RunResult, said: list[str]) -> None:
    assert result.ret == pytest.ExitCode.INTERRUPTED  # as pytest calls errors while collecting
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    assert ".py:" not in output
    for words in said:
        assert words in output
    (start,) = [i for i, line in enumerate(result.outlines) if "ERROR collecting" in line]
    message = result.outlines[start + 1 : start + 4]
    assert any(said[0] in line for line in message)


def test_two_scenarios_of_one_name_are_an_error(scenario: str, tmp_path: Path) -> None:
    other = tmp_path / "other" / Path(scenario).name
    other.parent.mkdir()
    other.write_text(TWO_ENGINES.replace("seconds_per_case = 0.3", "seconds_per_case = 0.9"))
    with pytest.raises(OptionError, match="two-engines"):
        options.selected_cases(Options(device="cpu", scenarios=(scenario, str(other))))


@pytest.mark.parametrize("name", ["smoke", "digits-forest"])
def test_a_file_named_as_a_shipped_scenario_is_an_error_unless_it_is_that(
    tmp_path: Path, name: str
) -> None:
    shipped = (scenarios.shipped() | tuning_files.shipped())[name]
    select = options.selected_cases if name == "smoke" else options.selected_searches
    assert select(Options(device="cpu", scenarios=(str(shipped),), tuning=(str(shipped),)))
    own = str(shutil.copy(shipped, tmp_path))
    with pytest.raises(OptionError, match=rf"{own}: the suite has .* '{name}'.*rename"):
        select(Options(device="cpu", scenarios=(own,), tuning=(own,)))


def test_a_tuning_scenario_where_only_cases_are_measured_is_an_error() -> None:
    words = r"--scenario 'digits-forest': is a tuning scenario, for `pytest bench/` and .*smoke"
    with pytest.raises(OptionError, match=words):
        options.selected_cases(Options(device="cpu", scenarios=("smoke", "digits-forest")))


def test_an_infinite_budget_is_an_error(scenario: str) -> None:
    with pytest.raises(OptionError, match="--budget-s inf"):
        options.selected_cases(Options(device="cpu", scenarios=(scenario,), budget_s=float("inf")))


def test_no_default_scenario_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.shipped", dict)
    with pytest.raises(OptionError, match="--scenario"):
        options.selected_cases(Options(device="cpu"))
