"""What comes out of training and fine-tuning a recipe."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from models import ModelError, build, checkpoint, input_shape, obtain
from models.checkpoint import Checkpoint
from models.counting import count
from models.data import digits, imagenet_shape
from models.making import make, zeros_held
from models.training import seeded
from models.tuning import tuned
from models.tuning.problems import Part, problem_file
from models.zoo import Architecture, assemble, random_forest
from tests.models.made import narrow, narrowing, recipe

if TYPE_CHECKING:
    from pathlib import Path

    from models.tuning.space import Configuration

pytestmark = pytest.mark.usefixtures("quick", "nothing_shipped")


def test_the_same_recipe_makes_the_same_bytes() -> None:
    first, again = (make(recipe("half_width"), None, lambda _: None) for _ in range(2))
    assert first.content == again.content


def test_another_seed_makes_other_weights_and_is_written_down() -> None:
    ours = make(recipe("half_width"), None, lambda _: None)
    other = make(replace(recipe("half_width"), seed=1), None, lambda _: None)
    assert ours.content != other.content
    assert (ours.how["seed"], other.how["seed"]) == (0, 1)
    assert other.how["command"] == "python -m models seeds digits simple_cnn half_width"


@pytest.mark.parametrize("kept_steps", [1, 4, 6])
def test_going_on_after_a_kill_makes_the_same_bytes(
    kept_steps: int, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two trainings of three steps each, between which channels are pruned, with zeros held."""
    start = obtain(recipe("prune_unstructured"), cache)
    pruned = recipe("prune_unstructured", "prune_structured@steps=2,round_to=1")
    monkeypatch.setattr(digits, "FINE_TUNING", replace(digits.FINE_TUNING, epochs=2))
    told: list[float] = []

    def until_killed(share: float) -> None:
        told.append(share)
        if len(told) > kept_steps:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "EVERY_S", 0.0)
    file = tmp_path / "unfinished.pt"
    with contextlib.suppress(KeyboardInterrupt):
        make(pruned, start, until_killed, checkpoint=Checkpoint(file, "key"))
    rest: list[float] = []
    resumed = make(pruned, start, rest.append, checkpoint=Checkpoint(file, "key"))
    assert len(rest) == 6 - kept_steps
    whole = make(pruned, start, lambda _: None)
    assert resumed.content == whole.content


def test_how_it_was_made_is_written_down() -> None:
    how = make(recipe("half_width"), None, lambda _: None).how
    assert how["command"] == "python -m models train digits simple_cnn half_width"
    assert how["started_from"] == "random"
    assert how["epochs"] == 1
    assert how["torch"] == torch.__version__
    assert 0 <= float(how["accuracy"]) <= 1
    assert {"seed", "threads", "precision", "duration_s", "data_sha256"} <= how.keys()


def test_pruned_weights_name_what_they_started_from(cache: Path) -> None:
    dense = obtain(recipe("dense"), cache)
    how = make(recipe("prune_structured"), dense, lambda _: None).how
    assert how["started_from"] == f"{dense.path.stem}, sha256 {dense.sha256}"


def test_pruned_zeros_survive_fine_tuning_and_no_mask_is_stored(cache: Path) -> None:
    dense = obtain(recipe("dense"), cache)
    tensors = load(make(recipe("prune_unstructured@amount=0.8"), dense, lambda _: None).content)
    assert tensors.keys() == build(recipe("dense"), dense.path).state_dict().keys()
    for name, tensor in tensors.items():
        if name.endswith("weight"):
            assert int((tensor == 0).sum()) == round(0.8 * tensor.numel()), name


def test_zeros_survive_later_steps_too(cache: Path) -> None:
    composed = recipe("half_width", "prune_unstructured@amount=0.9", "prune_structured@round_to=1")
    module = build(composed, obtain(composed, cache).path)
    counts = count(module, (1, 28, 28))
    assert counts.params < 5_675 / 2
    assert counts.nonzero_params < counts.params / 2


@pytest.mark.parametrize("family", ["resnet8", "deep_cnn"])
def test_other_families_train_on_padded_or_plain_images(family: str, cache: Path) -> None:
    made = recipe("prune_structured", family=family)
    dense = count(assemble(family, Architecture()), input_shape(family))
    pruned = count(build(made, obtain(made, cache).path), input_shape(family))
    assert pruned.macs < 0.6 * dense.macs


def test_groups_that_fit_nowhere_fail_before_any_training(cache: Path) -> None:
    with pytest.raises(ModelError, match="groups=7"):
        obtain(recipe("grouped@groups=7"), cache)
    assert not list(cache.rglob("*.safetensors"))


def test_steps_share_the_epochs_of_fine_tuning_and_the_progress(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digits, "FINE_TUNING", replace(digits.FINE_TUNING, epochs=5))
    dense, shares = obtain(recipe("dense"), cache), list[float]()
    made = make(recipe("prune_structured@steps=2"), dense, shares.append)
    assert made.how["epochs"] == 5
    assert len(shares) == 5 * 3  # of 1,197 images in batches of 400
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_more_steps_than_epochs_are_an_error(cache: Path) -> None:
    dense = obtain(recipe("dense"), cache)
    with pytest.raises(ModelError, match=r"steps is 2, but fine-tuning on digits has 1 epochs"):
        make(recipe("prune_structured@steps=2"), dense, lambda _: None)


def test_groups_from_a_trained_network_are_fine_tuned(cache: Path) -> None:
    made = recipe("grouped_from_dense")
    weights = obtain(made, cache)
    assert weights.how["started_from"].startswith("simple_cnn+dense-")
    built = count(build(made, weights.path), (1, 28, 28))
    assert built == count(assemble("simple_cnn", Architecture(groups=2)), (1, 28, 28))


def test_a_module_without_zeros_gets_no_masks() -> None:
    module = nn.Sequential(nn.Linear(3, 3))
    with zeros_held(module):
        assert not list(module.buffers())


def test_what_cannot_be_fails_before_any_data_is_read() -> None:
    with pytest.raises(ModelError, match="resnet50 takes images of 3x224x224"):
        make(recipe("dense", family="resnet50"), None, lambda _: None)


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRAIN", "TEST"):
        monkeypatch.setattr(imagenet_shape, name, 2)


@pytest.mark.usefixtures("few_images")
def test_without_labels_weights_stay_random_and_pruning_changes_them_once(cache: Path) -> None:
    steps = narrowing("resnet50")
    made = recipe(*steps, family="resnet50", dataset="imagenet_shape")
    dense = obtain(made, cache)
    assert dense.accuracy is None
    assert dense.reached == "random weights, as there are no labels to learn"
    assert "epochs" not in dense.how
    with seeded(0):
        wanted = assemble("resnet50", narrow("resnet50")).state_dict()
    found = build(made, dense.path).state_dict()
    assert all(torch.equal(tensor, found[name]) for name, tensor in wanted.items())
    pruned = recipe(
        *steps, "prune_structured@round_to=1,steps=2", family="resnet50", dataset="imagenet_shape"
    )
    fewer = build(pruned, obtain(pruned, cache).path)
    assert sum(p.numel() for p in fewer.parameters()) < sum(t.numel() for t in wanted.values())


@pytest.fixture
def small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_forest, "OWN", {**random_forest.OWN, "n_estimators": 4})
    monkeypatch.setattr(random_forest, "AT_ONCE", 2)


@pytest.mark.usefixtures("small_forest")
def test_a_forest_is_an_onnx_file_from_images_to_probabilities(cache: Path) -> None:
    shares: list[float] = []
    weights = obtain(recipe(family="random_forest"), cache, lambda _, share: shares.append(share))
    assert weights.path.suffix == ".onnx"
    assert shares == [0.5, 1.0]
    session = onnxruntime.InferenceSession(weights.path, providers=["CPUExecutionProvider"])
    (image,), (scores,) = session.get_inputs(), session.get_outputs()
    assert (image.name, image.shape) == ("input", ["batch", 1, 28, 28])
    assert (image.type, scores.type) == ("tensor(float)", "tensor(float)")
    data = digits.load()
    (found,) = session.run(None, {"input": data.test_images})
    np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-5)
    assert np.mean(found.argmax(1) == data.test_labels) == weights.accuracy
    assert (weights.accuracy or 0) > 0.5


@pytest.mark.usefixtures("small_forest")
def test_a_forest_answers_as_scikit_learn_does_with_all_trees_grown_at_once() -> None:
    data = digits.load()
    content = make(recipe(family="random_forest"), None, lambda _: None).content
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input": data.test_images})
    forest = RandomForestClassifier(**random_forest.OWN, random_state=0)
    forest.fit(data.train_images.reshape(-1, 784), data.train_labels)
    wanted = forest.predict_proba(data.test_images.reshape(-1, 784))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_tuned_forest_is_the_one_that_its_search_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tuned, "TUNED", tmp_path)
    configuration: Configuration = {"n_estimators": 13, "max_depth": 7, "min_samples_split": 5}
    lines = "\n".join(f"{name} = {value}" for name, value in configuration.items())
    head = 'problem = "random_forest"\ndataset = "digits"\n[configuration]\n'
    (tmp_path / "mine.toml").write_text(head + lines)
    made = make(recipe("tuned@name=mine", family="random_forest"), None, lambda _: None)
    data = digits.load()
    parts = (
        Part(images=data.train_images, labels=data.train_labels),
        Part(images=data.test_images, labels=data.test_labels),
    )
    judged = problem_file("random_forest").score(configuration, *parts, 0, lambda *_: None)
    # ONNX Runtime adds the pixels of a square in another order than numpy; some splits are as fine.
    assert made.how["accuracy"] == pytest.approx(judged, abs=4 / len(data.test_labels))
    assert made.content.count(b"AveragePool") == 1


def test_a_forest_without_its_exporter_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(random_forest, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install skl2onnx"):
        make(recipe(family="random_forest"), None, lambda _: None)
