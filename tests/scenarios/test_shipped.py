from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import options, registry
from bench.tuning import searches as tuning
from models.tuning import scenario
from scenarios import load, shipped, unbundled

if TYPE_CHECKING:
    from bench.case import Case

SCENARIOS = {file.stem: file for file in unbundled(shipped().values())}
FP32_VARIANTS, FP32_ENGINES = 5, 4
COMPOSED = {"bf16": 1, "int8": 4}  # what techniques and lower precision give together
ALONE = {"bf16": 3, "int8": 2}  # engines that offer it
OTHER_IMAGES = {"resnet50"}  # 3x224x224 and no labels: imagenet-matrix and -shape measure it
# Engines on which digits-matrix has few techniques, because each network has to be compiled: the
# file says which and why.
COMPILED = {
    "torch_compile": {"dense", "prune_structured", "grouped", "fold_batch_norm", "channels_last"},
    "torch_compile_frozen": {"dense"},
}


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Case]]:
    """Those of each scenario; names that the suite does not know would be an error here."""
    return {
        name: options.selected_cases(options.Options(scenarios=(name,), device="cpu"))
        for name in SCENARIOS
    }


def test_every_shipped_scenario_loads_and_has_no_case_twice(cases: dict[str, list[Case]]) -> None:
    for name, found in cases.items():
        assert {case.scenario.name for case in found} == {name}
        assert len({case.id for case in found}) == len(found)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_file_opens_with_the_question_it_answers(name: str) -> None:
    first, *_rest = shipped()[name].read_text(encoding="utf-8").partition("\nsummary = ")
    assert all(line.startswith("# ") for line in first.splitlines())
    assert "?" in first


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_shipped_scenario_lists_its_baseline_and_each_of_its_models(
    name: str, cases: dict[str, list[Case]]
) -> None:
    scenario = cases[name][0].scenario
    baseline = scenario.baseline
    assert any(
        baseline.model in matrix.models
        and baseline.techniques in matrix.techniques
        and baseline.engine in matrix.engines
        and baseline.precision in matrix.precisions
        for matrix in scenario.matrices
    )
    assert {case.model for case in cases[name]} == set(scenario.models)


def test_the_folder_is_the_registry() -> None:
    folder = Path(__file__).parents[2] / "scenarios"
    assert shipped() == {file.stem: file for file in folder.glob("*.toml")}


def test_full_leaves_out_the_smallest_scenario_and_the_one_to_be_searched() -> None:
    full = unbundled([shipped()["full"]])
    assert {file.stem for file in full} == set(SCENARIOS) - {"smoke", "digits-deploy"}
    assert set(tuning.of_bundle(shipped()["full"])) == set(scenario.shipped())


def test_the_docs_list_every_shipped_scenario() -> None:
    document = (Path(__file__).parents[2] / "docs/scenarios.md").read_text(encoding="utf-8")
    listed = document.partition("## What is shipped")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in listed.splitlines() if line.startswith("| `")]
    names = {name for row in rows for name in re.findall("`([^`]+)`", row)}
    assert names >= shipped().keys() | scenario.shipped().keys()


def test_full_has_every_technique_engine_and_precision_of_the_suite(
    cases: dict[str, list[Case]],
) -> None:
    words = registry.vocabulary()
    found = [case for file in unbundled([shipped()["full"]]) for case in cases[file.stem]]
    techniques = {technique.name for case in found for technique in case.techniques}
    assert techniques == set(words.techniques)
    assert {case.engine for case in found} == set(words.engines)
    precisions = {precision for each in words.engines.values() for precision in each.precisions}
    assert {case.precision for case in found} == precisions


def test_the_matrix_has_every_family_with_every_technique_of_inference_on_every_cpu_engine(
    cases: dict[str, list[Case]],
) -> None:
    words = registry.vocabulary()
    of_inference = {name for name, tasks in words.tasks.items() if "inference" in tasks}
    families = words.families - OTHER_IMAGES
    named: dict[tuple[str, str], set[str]] = {}
    for case in cases["digits-matrix"]:
        names = named.setdefault((case.engine, case.model.target), set())
        names |= {technique.name for technique in case.techniques}
    engines = {name for name in words.engines if _infers_here(name)}
    assert named.keys() == {(engine, family) for engine in engines for family in families}
    for (engine, family), names in named.items():
        wanted = COMPILED.get(engine, of_inference)
        assert wanted <= names, f"{family} on {engine} lacks {sorted(wanted - names)}"


def test_the_network_of_other_images_has_every_technique_of_inference_too(
    cases: dict[str, list[Case]],
) -> None:
    tasks = registry.vocabulary().tasks
    of_inference = {name for name, of in tasks.items() if "inference" in of}
    for engine in ("eager", "onnxruntime", "openvino"):
        found = [case for case in cases["imagenet-matrix"] if case.engine == engine]
        assert {case.model.target for case in found} == OTHER_IMAGES
        assert {technique.name for case in found for technique in case.techniques} >= of_inference


def _infers_here(name: str) -> bool:
    """Whether an engine runs networks on a CPU, rather than training them or building for a GPU."""
    engine = registry.engine(name)
    infers = getattr(engine, "TASK", "inference") == "inference"
    return infers and "cpu" in engine.PRECISIONS and not registry.only_built(name, "cpu")


def test_the_matrix_has_every_family_in_int8_on_every_engine_that_offers_it(
    cases: dict[str, list[Case]],
) -> None:
    words = registry.vocabulary()
    engines = {
        name
        for name in words.engines
        if _infers_here(name) and "int8" in registry.engine(name).PRECISIONS["cpu"]
    }
    found = {
        (case.engine, case.model.target, technique.name)
        for case in cases["digits-matrix"]
        for technique in case.techniques
        if case.precision == "int8"
    }
    families = words.families - OTHER_IMAGES
    assert found == set(product(engines, families, ["dense", "int8_qat"]))


def test_only_digits_run_by_default_since_they_need_no_download() -> None:
    words = registry.vocabulary()
    defaults = [name for name, file in SCENARIOS.items() if load(file, words).default]
    assert defaults == ["digits-cnn", "digits-training"]


@pytest.mark.parametrize(
    ("name", "model", "batch_sizes", "composed"),
    [
        ("digits-cnn", "simple_cnn", {1, 32}, {}),
        ("fashion-cnn", "simple_cnn", {1, 32}, COMPOSED),
        ("fashion-resnet", "resnet8", {1, 64}, COMPOSED),
    ],
)
def test_the_comparisons_hold_every_plain_technique_on_every_engine(
    name: str,
    model: str,
    batch_sizes: set[int],
    composed: dict[str, int],
    cases: dict[str, list[Case]],
) -> None:
    assert {case.batch_size for case in cases[name]} == batch_sizes
    found = [case for case in cases[name] if case.model.name == model and case.twin is None]
    for precision in ("fp32", "bf16", "int8"):
        plain = FP32_VARIANTS * FP32_ENGINES if precision == "fp32" else ALONE[precision]
        wanted = plain + composed.get(precision, 0)
        assert sum(case.precision == precision for case in found) >= wanted * len(batch_sizes)
