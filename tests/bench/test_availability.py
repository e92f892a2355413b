from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.availability import why_not
from bench.engines import eager
from models.techniques import Needs, half_width
from scenarios import ModelSource, Technique
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from bench.case import Case


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return planned(tmp_path)[0]


def test_a_case_that_can_be_had_has_no_reason(case: Case) -> None:
    assert why_not(case, 2) is None


def test_a_scenario_that_asks_about_another_device_is_the_reason(case: Case) -> None:
    asked = replace(case, scenario=replace(case.scenario, device="cuda"))
    assert why_not(asked, 2) == "two-engines asks about cuda, and this is cpu"
    assert why_not(replace(asked, device="cuda:1"), 2) is None


def test_a_library_that_is_not_installed_is_the_reason(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eager, "LIBRARY", "abacus")
    assert why_not(case, 2) == "abacus is not installed"


def test_a_precision_that_the_engine_lacks_there_is_the_reason(case: Case) -> None:
    assert why_not(replace(case, precision="int8"), 2) == "eager offers bf16, fp32 on cpu, not int8"
    on_gpu = replace(case, engine="openvino", device="cuda:0")
    assert why_not(on_gpu, 2) == "openvino offers nothing on cuda, not fp32"


@pytest.mark.parametrize(
    ("threads", "cores", "reason"),
    [
        (2, 2, None),
        (3, 2, "needs 3 cores, and this process may use 2"),
        (64, 0, None),  # a system that does not say
    ],
)
def test_more_threads_than_cores_are_the_reason(
    case: Case, threads: int, cores: int, reason: str | None
) -> None:
    assert why_not(replace(case, threads=threads), cores) == reason


def test_a_technique_that_finds_nothing_in_the_family_is_the_reason(case: Case) -> None:
    mlp = ModelSource(kind="family", target="mlp", name="mlp")
    grouped = (Technique(name="grouped"),)
    lacking = replace(case, model=mlp, techniques=grouped)
    assert why_not(lacking, 2) == "mlp has no convolution to group"
    assert why_not(replace(case, techniques=grouped), 2) is None


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (Needs(), None),
        (Needs(form="onnx"), None),
        (Needs(form="module"), "half_width needs an engine that runs a torch module"),
        (Needs(precision="int8"), "half_width needs the precision int8"),
        (Needs(precision=("bf16", "fp16")), "half_width needs the precision bf16 or fp16"),
        (Needs(precision=("bf16", "fp32")), None),
        (Needs(device="cuda"), "half_width needs the device cuda"),
    ],
)
def test_what_a_technique_needs_and_the_case_has_not_is_the_reason(
    case: Case, monkeypatch: pytest.MonkeyPatch, needs: Needs, reason: str | None
) -> None:
    monkeypatch.setattr(half_width, "NEEDS", needs, raising=False)
    narrow = replace(case, engine="onnxruntime", techniques=(Technique(name="half_width"),))
    assert why_not(narrow, 2) == reason


def test_a_users_own_model_is_not_asked_for_its_network(case: Case) -> None:
    own = ModelSource(kind="onnx", target="net.onnx", name="net")
    assert why_not(replace(case, model=own, engine="onnxruntime"), 2) is None


@pytest.mark.parametrize(
    ("engine", "precision", "reason"),
    [
        ("onnxruntime", "fp32", None),
        ("eager", "fp32", "random_forest is no torch module, and eager runs nothing else"),
        ("openvino", "int8", "random_forest has no matrix products: it runs in fp32 only"),
    ],
)
def test_a_forest_runs_as_an_onnx_file_in_fp32_only(
    case: Case, engine: str, precision: str, reason: str | None
) -> None:
    forest = ModelSource(kind="family", target="random_forest", name="random_forest")
    asked = replace(case, model=forest, engine=engine, precision=precision)
    assert why_not(replace(asked, techniques=(Technique(name="dense"),)), 2) == reason
