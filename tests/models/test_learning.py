from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models import ImpossibleError, Recipe, learning
from models.data import data_file
from models.learner import Setting
from models.learning import Curve, essence, learn, split

SETTING = Setting(batch_size=64, learning_rate=0.02, epochs=2, precision="fp32", device="cpu")
DATA = split("simple_cnn", "digits")
CURVE = Curve(
    samples=(100, 200, 300),
    accuracies=(0.5, 0.9, 0.8),
    test_accuracy=0.85,
    test_images=600,
    diverged=False,
)


def recipe(*techniques: str, family: str = "simple_cnn") -> Recipe:
    return Recipe(family=family, techniques=techniques or ("dense",), dataset="digits")


@pytest.mark.parametrize(
    ("target", "samples"), [(0.5, 100), (0.51, 200), (0.9, 200), (0.901, None)]
)
def test_the_first_look_that_finds_the_target_counts(target: float, samples: int | None) -> None:
    assert CURVE.samples_to(target) == samples


@pytest.mark.parametrize(
    ("samples", "accuracy"), [(99, None), (100, 0.5), (299.9, 0.9), (1e9, 0.8)]
)
def test_at_a_moment_the_last_look_before_it_counts(samples: float, accuracy: float | None) -> None:
    assert CURVE.accuracy_after(samples) == accuracy


def test_a_curve_comes_back_from_json() -> None:
    assert learning.from_dict(json.loads(json.dumps(learning.as_dict(CURVE)))) == CURVE


def test_held_out_images_are_the_last_training_images_and_no_test_images() -> None:
    whole = data_file("digits").load()
    assert (len(DATA.train_labels), len(DATA.held_out_labels)) == (958, 239)
    both = np.concatenate([DATA.train_images, DATA.held_out_images])
    assert np.array_equal(both, whole.train_images)
    assert np.array_equal(DATA.test_images, whole.test_images)


def test_images_are_padded_to_what_the_family_takes() -> None:
    assert split("deep_cnn", "digits").held_out_images.shape[1:] == (1, 32, 32)


def test_without_labels_there_is_nothing_to_learn() -> None:
    with pytest.raises(ImpossibleError, match="imagenet_shape has no labels"):
        split("resnet50", "imagenet_shape")


def told(seed: int, *techniques: str, setting: Setting = SETTING) -> tuple[Curve, list[float]]:
    shares: list[float] = []
    return learn(recipe(*techniques), setting, DATA, seed, shares.append), shares


def test_a_curve_is_that_of_its_seed() -> None:
    (one, shares), (again, _), (other, _) = told(0), told(0), told(1)
    assert one == again
    assert one.accuracies != other.accuracies
    assert not one.diverged
    assert 0.3 < one.test_accuracy < 1.0
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("techniques", [["dense"], ["larger_batch@times=4"]], ids=str)
def test_every_loop_is_looked_at_as_often_for_its_samples(techniques: list[str]) -> None:
    found, _ = told(0, *techniques)
    quarter = len(DATA.train_labels) / learning.LOOKS
    size = 64 * (4 if "larger" in techniques[0] else 1)
    for number, samples in enumerate(found.samples[:-1], start=1):
        assert number * quarter <= samples < number * quarter + size
    assert found.samples[-1] == 2 * (len(DATA.train_labels) // size) * size


def test_a_training_that_diverges_ends_and_says_so() -> None:
    found, _ = told(0, setting=replace(SETTING, learning_rate=1e6))
    assert found.diverged
    assert len(found.samples) < 2 * learning.LOOKS


@pytest.mark.parametrize(
    "technique", ["channels_last", "fused_optimizer", "accumulate", "loader", "cuda_graph"]
)
def test_the_same_training_has_one_curve(technique: str) -> None:
    assert essence(recipe(technique), SETTING) == essence(recipe(), SETTING)


@pytest.mark.parametrize(
    "technique", ["one_cycle", "larger_batch", "half_width", "prune_structured@ratio=0.3"]
)
def test_another_training_has_another(technique: str) -> None:
    assert essence(recipe(technique), SETTING) != essence(recipe(), SETTING)


def test_another_precision_has_another() -> None:
    bf16 = replace(SETTING, precision="bf16")
    assert essence(recipe(), bf16) != essence(recipe(), SETTING)


def test_with_batch_norm_parts_of_a_batch_are_another_training() -> None:
    of_parts = essence(recipe("accumulate", family="resnet8"), SETTING)
    assert of_parts != essence(recipe(family="resnet8"), SETTING)
