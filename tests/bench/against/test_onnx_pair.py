from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import options
from bench.against.onnx_pair import scenario_pair
from bench.options import OptionError, Options
from tests.bench.graphs import write_linear, write_linear_beside, write_two_inputs

if TYPE_CHECKING:
    from pathlib import Path

CPU = Options(device="cpu")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "a.onnx", tmp_path / "b.onnx"
    write_linear(first)
    write_linear(second)
    return first, second


def ids(files: tuple[Path, Path], *engines: str) -> list[list[str]]:
    pair = scenario_pair(files, engines)
    return [[case.id for case in options.cases_of([scenario], CPU)] for scenario in pair]


def test_both_files_have_the_same_cases_on_engines_that_run_them(files: tuple[Path, Path]) -> None:
    first, second = ids(files)
    assert first == second
    assert set(first) == {
        f"onnx/model+dense/{engine}-fp32/b{size}"
        for engine in ("onnxruntime", "openvino")
        for size in (1, 32)
    }


def test_each_scenario_has_its_own_file(files: tuple[Path, Path]) -> None:
    models = [model for one in scenario_pair(files, ()) for model in one.models]
    assert [model.target for model in models] == [str(each) for each in files]


def test_an_engine_may_be_chosen(files: tuple[Path, Path]) -> None:
    first, _ = ids(files, "openvino")
    assert set(first) == {"onnx/model+dense/openvino-fp32/b1", "onnx/model+dense/openvino-fp32/b32"}


def test_a_fixed_batch_axis_leaves_one_batch_size(tmp_path: Path) -> None:
    write_linear(tmp_path / "fixed.onnx", 4, 3)
    first, _ = ids((tmp_path / "fixed.onnx", tmp_path / "fixed.onnx"), "onnxruntime")
    assert first == ["onnx/model+dense/onnxruntime-fp32/b4"]


def test_replicates_and_budget_are_as_asked(files: tuple[Path, Path]) -> None:
    asked = Options(device="cpu", replicates=7, budget_s=0.5)
    (case, *_) = options.cases_of(scenario_pair(files, ())[:1], asked)
    budget = case.scenario.budget
    assert (budget.replicates, budget.seconds_per_case) == (7, 0.5)


@pytest.mark.parametrize("engine", ["eager", "tensorrt"])
def test_another_engine_is_a_usage_error(files: tuple[Path, Path], engine: str) -> None:
    words = rf"--engine '{engine}': two files are compared on onnxruntime and openvino alone; take"
    with pytest.raises(OptionError, match=words):
        scenario_pair(files, (engine,))


def test_files_with_different_inputs_are_a_usage_error(tmp_path: Path) -> None:
    write_linear(tmp_path / "a.onnx")
    write_linear(tmp_path / "b.onnx", "N", 5)
    words = r"different inputs: x float32\[batchx3\], but x float32\[batchx5\]"
    with pytest.raises(OptionError, match=words):
        scenario_pair((tmp_path / "a.onnx", tmp_path / "b.onnx"), ())


def test_an_open_axis_is_a_usage_error_with_the_way_out(tmp_path: Path) -> None:
    write_two_inputs(tmp_path / "a.onnx")
    with pytest.raises(OptionError, match=r"a\.onnx: input 'ids' leaves .*; write a scenario for"):
        scenario_pair((tmp_path / "a.onnx", tmp_path / "a.onnx"), ())


def test_lost_weights_are_a_usage_error_that_names_both_files(tmp_path: Path) -> None:
    write_linear_beside(tmp_path / "a.onnx").unlink()
    words = r"--onnx .*a\.onnx: its weights lie in .*a\.onnx\.data, and there is no such file"
    with pytest.raises(OptionError, match=words):
        scenario_pair((tmp_path / "a.onnx", tmp_path / "a.onnx"), ())


@pytest.mark.parametrize("text", [None, "beads"])
def test_a_missing_or_broken_file_is_a_usage_error(
    files: tuple[Path, Path], tmp_path: Path, text: str | None
) -> None:
    other = tmp_path / "other.onnx"
    if text is not None:
        other.write_text(text)
    with pytest.raises(OptionError, match=r"--onnx .*other\.onnx: (there is no such file|is not)"):
        scenario_pair((files[0], other), ())
