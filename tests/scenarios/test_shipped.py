from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from scenarios import Scenario, Vocabulary, load, shipped

MATRIX = {
    "fp32": 5 * 4,
    "bf16": 3,
    "int8": 2,
}
COMPOSED = {"bf16": 1, "int8": 4}  # what techniques and lower precision give together


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_loads(name: str, words: Vocabulary) -> None:
    assert load(shipped()[name], words).name == name


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_opens_with_the_question_it_answers(name: str) -> None:
    first, *_rest = shipped()[name].read_text(encoding="utf-8").partition("\nsummary = ")
    assert all(line.startswith("# ") for line in first.splitlines())
    assert "?" in first


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_measures_its_baseline_as_a_case(
    name: str, words: Vocabulary
) -> None:
    scenario = load(shipped()[name], words)
    baseline = scenario.baseline
    assert any(
        baseline.techniques in matrix.techniques
        and baseline.engine in matrix.engines
        and baseline.precision in matrix.precisions
        for matrix in scenario.matrices
    )


def test_the_folder_is_the_registry() -> None:
    folder = Path(__file__).parents[2] / "scenarios"
    assert shipped() == {file.stem: file for file in folder.glob("*.toml")}


def test_only_digits_run_by_default_since_they_need_no_download(words: Vocabulary) -> None:
    defaults = [name for name, file in shipped().items() if load(file, words).default]
    assert defaults == ["digits-cnn"]


@pytest.mark.parametrize(
    ("name", "model", "batch_sizes", "composed"),
    [
        ("digits-cnn", "simple_cnn", {1, 32}, {}),
        ("fashion-cnn", "simple_cnn", {1, 32}, COMPOSED),
        ("fashion-resnet", "resnet8", {1, 64}, COMPOSED),
    ],
)
def test_the_comparisons_hold_every_technique_on_every_engine(
    name: str,
    model: str,
    batch_sizes: set[int],
    composed: dict[str, int],
    words: Vocabulary,
) -> None:
    scenario = load(shipped()[name], words)
    assert [each.name for each in scenario.models] == [model]
    assert {batch for matrix in scenario.matrices for batch in matrix.batch_sizes} == batch_sizes
    for precision, cases in MATRIX.items():
        wanted = cases + composed.get(precision, 0)
        assert len(_cases(scenario, precision)) == wanted * len(batch_sizes)


def _cases(scenario: Scenario, precision: str) -> list[object]:
    return [
        case
        for matrix in scenario.matrices
        for case in product(
            matrix.techniques, matrix.engines, matrix.precisions, matrix.batch_sizes, matrix.threads
        )
        if precision in case
    ]
