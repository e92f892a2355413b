"""Scenarios with several models: which of them a matrix is of, and which the baseline is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios import Scenario

    Mistakes = Callable[[str], list[str]]

TEXT = """
summary = "Which network is faster?"
models = ["simple_cnn", "resnet8"]
dataset = "digits"
baseline = "resnet8+dense/eager-fp32"
[[matrix]]
techniques = ["dense"]
engines = ["eager", "openvino"]
batch_sizes = [1]
[[matrix]]
models = ["simple_cnn"]
techniques = ["half_width"]
engines = ["eager"]
batch_sizes = [1]
"""


def test_a_matrix_is_of_all_models_or_of_those_that_it_lists(
    load_text: Callable[[str], Scenario],
) -> None:
    scenario = load_text(TEXT)
    assert [model.name for model in scenario.models] == ["simple_cnn", "resnet8"]
    first, second = scenario.matrices
    assert first.models == scenario.models
    assert [model.name for model in second.models] == ["simple_cnn"]


def test_the_baseline_is_of_the_model_that_it_names(load_text: Callable[[str], Scenario]) -> None:
    baseline = load_text(TEXT).baseline
    assert baseline.model.name == "resnet8"
    assert [str(technique) for technique in baseline.techniques] == ["dense"]


@pytest.mark.parametrize("text", ["dense/eager-fp32", "simple_cnn+dense/eager-fp32"])
def test_one_model_may_be_named_or_left_out(
    text: str, smallest: str, load_text: Callable[[str], Scenario]
) -> None:
    scenario = load_text(smallest.replace("dense/eager-fp32", text))
    assert scenario.baseline.model == scenario.models[0]
    assert str(scenario.baseline) == "simple_cnn+dense/eager-fp32"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            "resnet8+dense/",
            "dense/",
            "t.toml: top level: baseline: 'dense' is no model of this scenario; allowed are "
            'resnet8, simple_cnn; write for example baseline = "simple_cnn+dense/eager-fp32"',
            id="a_baseline_of_no_model",
        ),
        pytest.param(
            '\nmodels = ["simple_cnn"]\n',
            '\nmodels = ["resnet20"]\n',
            "t.toml: [[matrix]] number 2: models: 'resnet20' is not allowed; allowed is one of "
            "resnet8, simple_cnn; did you mean 'resnet8'?",
            id="a_matrix_of_another_model",
        ),
        pytest.param(
            'dataset = "digits"',
            'dataset = "digits"\nmodel = "resnet8"',
            "t.toml: top level: model and models are both given; keep model for one, models for "
            "several",
            id="both_keys",
        ),
        pytest.param(
            '"simple_cnn", "resnet8"',
            '"resnet8", "resnet8"',
            "t.toml: top level: models: 'resnet8' is listed twice; list each once",
            id="one_model_twice",
        ),
        pytest.param(
            'techniques = ["half_width"]',
            'techniques = ["dense"]',
            "t.toml: [[matrix]] number 2: case simple_cnn+dense/eager-fp32/b1 with threads = 1 is "
            "already in [[matrix]] number 1; remove it from one",
            id="a_case_twice",
        ),
    ],
)
def test_what_is_wrong_with_models(old: str, new: str, line: str, mistakes: Mistakes) -> None:
    assert old in TEXT
    assert line in mistakes(TEXT.replace(old, new, 1))


def test_a_baseline_of_no_model_is_one_mistake(mistakes: Mistakes) -> None:
    assert len(mistakes(TEXT.replace("resnet8+dense/", "dense/", 1))) == 1
