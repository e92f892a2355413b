from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scenarios import EngineWords, Scenario, ScenarioError, Training, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

TRAINING = """
summary = "Which loop is soonest there?"
task = "training"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/train_eager-fp32"
[training]
target_accuracy = 0.9
[[matrix]]
techniques = ["dense", "one_cycle@epochs=3", "half_width"]
engines = ["train_eager"]
batch_sizes = [32]
"""


@pytest.fixture(scope="session")
def words(words: Vocabulary) -> Vocabulary:
    """The usual ones, and a few for training."""
    trains = EngineWords(
        precisions=frozenset({"fp32", "bf16", "fp16"}),
        kinds=frozenset({"family"}),
        task="training",
    )
    return replace(
        words,
        techniques={**words.techniques, "one_cycle": {"epochs": 5}},
        engines={**words.engines, "train_eager": trains},
        tasks={**words.tasks, "one_cycle": frozenset({"training"})},
    )


def test_a_training_scenario_says_what_is_to_be_reached(
    load_text: Callable[[str], Scenario],
) -> None:
    scenario = load_text(TRAINING)
    assert scenario.task == "training"
    assert scenario.training == Training(
        target_accuracy=0.9, most_epochs=20, learning_rate=0.02, seeds=5
    )


def test_every_key_of_the_table_is_read(load_text: Callable[[str], Scenario]) -> None:
    keys = "target_accuracy = 0.8\nmost_epochs = 3\nlearning_rate = 0.1\nseeds = 4"
    scenario = load_text(TRAINING.replace("target_accuracy = 0.9", keys))
    assert scenario.training == Training(
        target_accuracy=0.8, most_epochs=3, learning_rate=0.1, seeds=4
    )


def test_a_scenario_infers_unless_it_says_otherwise(
    load_text: Callable[[str], Scenario], smallest: str
) -> None:
    assert (load_text(smallest).task, load_text(smallest).training) == ("inference", None)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(
            'task = "training"',
            'task = "trainin"',
            "t.toml: top level: task: 'trainin' is not allowed; allowed is one of inference, "
            "training; did you mean 'training'?",
            id="unknown_task",
        ),
        pytest.param(
            'task = "training"',
            "task = 1",
            "t.toml: top level: task: 1 is not allowed",
            id="no_text",
        ),
        pytest.param(
            "[training]\ntarget_accuracy = 0.9\n",
            "",
            't.toml: top level: task = "training" needs a table [training]',
            id="no_table",
        ),
        pytest.param(
            "target_accuracy = 0.9\n",
            "",
            "t.toml: [training]: missing key 'target_accuracy'",
            id="no_target",
        ),
        pytest.param(
            "target_accuracy = 0.9",
            "target_accuracy = 93",
            "t.toml: [training]: target_accuracy: 93 is not allowed; allowed is a number from "
            "0.01 to 1",
            id="percent",
        ),
        pytest.param(
            "target_accuracy = 0.9",
            "target_accuracy = 0.9\nseeds = 2",
            "t.toml: [training]: seeds: 2 is not allowed; allowed is a whole number from 3 to 100",
            id="too_few_seeds",
        ),
        pytest.param(
            "target_accuracy = 0.9",
            "target_accuracy = 0.9\nepochs = 2",
            "t.toml: [training]: unknown key 'epochs'; known keys are target_accuracy, most_epochs",
            id="unknown_key",
        ),
        pytest.param(
            'engines = ["train_eager"]',
            'engines = ["train_eager", "openvino"]',
            "t.toml: [[matrix]] number 1: engines: 'openvino' is for inference, and this "
            "scenario's task is training; allowed are train_eager; take one of those or write "
            'task = "inference"',
            id="inference_engine",
        ),
        pytest.param(
            "dense/train_eager",
            "dense/eager",
            "t.toml: top level: baseline: engines: 'eager' is for inference",
            id="inference_baseline",
        ),
        pytest.param(
            '"half_width"]',
            '"half_width", "prune_unstructured"]',
            "t.toml: [[matrix]] number 1: techniques: 'prune_unstructured' changes a trained "
            "network or its whole training, and this scenario's task is training; allowed are "
            "dense, grouped, half_width, one_cycle, prune_structured; remove it",
            id="inference_technique",
        ),
        pytest.param(
            '"train_eager"]',
            '"train_eager"]\nprecisions = ["int8"]',
            "engine 'train_eager' cannot run precision 'int8'; allowed are bf16, fp16, fp32",
            id="precision",
        ),
        pytest.param(
            'model = "simple_cnn"\ndataset = "digits"',
            'model = { factory = "a:b" }\ndataset = "digits"',
            "t.toml: top level: model: a training scenario trains families of the suite; allowed "
            "are deep_cnn, resnet20, resnet8, simple_cnn",
            id="own_model",
        ),
    ],
)
def test_a_mistake_names_its_place_what_is_allowed_and_what_to_do(
    old: str, new: str, problem: str, load_text: Callable[[str], Scenario]
) -> None:
    assert old in TRAINING
    with pytest.raises(ScenarioError) as error:
        load_text(TRAINING.replace(old, new))
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        pytest.param(
            'engines = ["eager"]',
            'engines = ["train_eager"]',
            [
                "engines: 'train_eager' is for training, and this scenario's task is inference; ",
                "allowed are eager, onnxruntime, openvino, torch_compile; ",
                'take one of those or write task = "training"',
            ],
            id="engine",
        ),
        pytest.param(
            'techniques = ["dense"]',
            'techniques = ["dense", "one_cycle"]',
            [
                "techniques: 'one_cycle' changes how a network is trained, and this scenario's ",
                "task is inference; allowed are dense, ",
            ],
            id="technique",
        ),
        pytest.param(
            "[matrix]",
            "[training]\ntarget_accuracy = 0.9\n[matrix]",
            [
                "t.toml: [training]: is for training scenarios, and this one infers; write task = ",
                '"training" at the top, or remove the table',
            ],
            id="table",
        ),
    ],
)
def test_what_trains_has_no_place_in_an_inference_scenario(
    old: str, new: str, problems: list[str], smallest: str, load_text: Callable[[str], Scenario]
) -> None:
    with pytest.raises(ScenarioError) as error:
        load_text(smallest.replace(old, new))
    assert "".join(problems) in str(error.value)
