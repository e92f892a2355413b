"""The weights in models/weights are whole, small, and as good as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models import Recipe, build, input_shape, obtain
from models.counting import count
from models.data import data_file, fit
from models.files import SHIPPED, file_in, read, shipped_file, shipped_recipes
from models.seeds import accuracies
from models.training import accuracy

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = shipped_recipes()
SOON_S = 300.0  # a training that takes less, with all that it starts from, can be repeated
SEEDS = 3
LEAST_ACCURACY = {"digits": 0.95, "fashion_mnist": 0.85}  # a broken training is far below
MOST_ACCURACY = {"digits": 1.0, "fashion_mnist": 0.97}  # above it, test images leaked
WANTED = [
    ("digits", "simple_cnn"),
    ("fashion_mnist", "simple_cnn"),
    ("fashion_mnist", "resnet8"),
]
TECHNIQUES = [
    "dense",
    "grouped",
    "half_width",
    "prune_structured@ratio=0.5",
    "prune_unstructured@amount=0.8",
]


def identity(recipe: Recipe) -> str:
    return f"{recipe.dataset}/{recipe.name}"


def is_soon_trained(recipe: Recipe) -> bool:
    file = shipped_file(recipe)
    assert file
    soon = float(read(file, shipped=True).how["duration_s"]) < SOON_S
    return soon and all(is_soon_trained(other) for other in recipe.made_from)


@pytest.mark.parametrize(("dataset", "family"), WANTED)
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_default_scenarios_train_nothing(dataset: str, family: str, technique: str) -> None:
    assert shipped_file(Recipe(family=family, techniques=(technique,), dataset=dataset))


@pytest.mark.parametrize("shipped", [r for r in RECIPES if is_soon_trained(r)], ids=identity)
def test_what_is_soon_trained_is_known_of_three_seeds(shipped: Recipe, tmp_path: Path) -> None:
    assert len(accuracies(obtain(shipped, tmp_path))) >= SEEDS


@pytest.mark.parametrize("shipped", RECIPES, ids=identity)
def test_every_file_says_how_it_was_made(shipped: Recipe, tmp_path: Path) -> None:
    weights = obtain(shipped, tmp_path)
    techniques = " ".join(shipped.techniques)
    wanted = f"python -m models train {shipped.dataset} {shipped.family} {techniques}"
    assert weights.how["command"] == wanted
    least, most = LEAST_ACCURACY[shipped.dataset], MOST_ACCURACY[shipped.dataset]
    assert weights.accuracy is not None
    assert least <= weights.accuracy <= most
    if shipped.parent:
        parent = obtain(shipped.parent, tmp_path)
        assert weights.how["started_from"].endswith(parent.sha256)


@pytest.mark.parametrize(
    "shipped", [recipe for recipe in RECIPES if recipe.dataset == "digits"], ids=identity
)
def test_weights_reach_the_accuracy_that_they_state(shipped: Recipe, tmp_path: Path) -> None:
    weights = obtain(shipped, tmp_path)
    module = build(shipped, weights.path)
    data = data_file(shipped.dataset).load()
    images = torch.from_numpy(fit(data.test_images, input_shape(shipped.family)))
    reached = accuracy(module, images, torch.from_numpy(data.test_labels))
    # Other CPUs add up in another order, which may tip an image or two.
    assert reached == pytest.approx(weights.accuracy, abs=2 / len(images))


SAME_COUNTS = ("int8_qat", "distill")  # what they promise is accuracy, of int8 files or any


@pytest.mark.parametrize("shipped", RECIPES, ids=identity)
def test_techniques_have_the_effect_that_they_promise(shipped: Recipe, tmp_path: Path) -> None:
    dense = Recipe(family=shipped.family, techniques=("dense",), dataset=shipped.dataset)
    shape = input_shape(shipped.family)
    before = count(build(dense, obtain(dense, tmp_path).path), shape)
    after = count(build(shipped, obtain(shipped, tmp_path).path), shape)
    if shipped.techniques[0].startswith("prune_unstructured"):
        assert after.macs == before.macs
        assert after.params == before.params
        assert after.nonzero_params < 0.22 * before.params
    elif shipped.techniques[0].startswith(SAME_COUNTS):
        assert (after.macs, after.params) == (before.macs, before.params)
    elif shipped != dense:
        assert after.macs < 0.7 * before.macs
        assert after.nonzero_params == after.params


def test_nothing_else_and_not_much_is_shipped() -> None:
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    expected = {file_in(SHIPPED, recipe) for recipe in RECIPES}
    assert {path for path in files if path.suffix == ".safetensors"} == expected
    assert {path.suffix for path in files} == {".safetensors", ".json"}
    assert sum(path.stat().st_size for path in files) < 12_000_000
