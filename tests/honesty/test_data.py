"""Traps of accuracy: training images among those that are judged on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.measuring import fidelity
from bench.preparation import sources
from bench.preparation.inputs import InputSet
from models.data import Dataset, data_file, datasets, fashion_mnist
from results.record import Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Images = NDArray[np.float32]
    Labels = NDArray[np.int64]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return data_file("digits").load()


@pytest.fixture(params=datasets())
def dataset(request: pytest.FixtureRequest) -> Dataset:
    name: str = request.param
    if name == "fashion_mnist" and not Path("/usr/share/datasets/fashion-mnist").exists():
        pytest.skip("no dataset-fashion-mnist here, and tests use no network")
    return data_file(name).load()


def nearest_neighbour(train: tuple[Images, Labels], test: tuple[Images, Labels]) -> float:
    """Accuracy of taking the label of the most similar training image: what leaks, shows."""
    known, asked = (images.reshape(len(images), -1)[:, ::7] for images, _ in (train, test))
    distances = (known**2).sum(1) - 2 * asked @ known.T
    return float(np.mean(train[1][distances.argmin(1)] == test[1]))


def test_a_shuffled_split_of_the_digits_leaks_their_writers(digits: Dataset) -> None:
    """Trap: a leaking split; each writer's digits are on both sides of it, and it flatters."""
    train = digits.train_images, digits.train_labels
    test = digits.test_images, digits.test_labels
    ours = nearest_neighbour(train, test)
    images = np.concatenate([train[0], test[0]])
    labels = np.concatenate([train[1], test[1]])
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(images))
        one, other = order[: len(train[0])], order[len(train[0]) :]
        shuffled = nearest_neighbour((images[one], labels[one]), (images[other], labels[other]))
        assert shuffled > ours + 0.015


def test_our_digits_are_split_where_one_writer_follows_another(digits: Dataset) -> None:
    from sklearn.datasets import load_digits

    published = load_digits().target  # in the order of the writers
    np.testing.assert_array_equal(
        np.concatenate([digits.train_labels, digits.test_labels]), published
    )


def fingerprints(images: Images) -> set[bytes]:
    return {hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images}


def test_no_image_is_trained_on_and_tested_on(dataset: Dataset) -> None:
    assert not fingerprints(dataset.train_images) & fingerprints(dataset.test_images)


def test_accuracy_on_the_training_images_is_perfect_and_means_nothing(digits: Dataset) -> None:
    """Trap: accuracy read on training data."""
    train = digits.train_images, digits.train_labels
    assert nearest_neighbour(train, train) == 1.0
    assert nearest_neighbour(train, (digits.test_images, digits.test_labels)) < 0.96


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))


@pytest.mark.usefixtures("cache")
def test_cases_are_judged_on_test_images_and_calibrated_on_training_images(digits: Dataset) -> None:
    judged = InputSet.load(sources._images("digits", (1, 28, 28), "test"))
    calibrated = InputSet.load(sources._images("digits", (1, 28, 28), "train"))
    tested, trained = fingerprints(digits.test_images), fingerprints(digits.train_images)
    assert fingerprints(judged.arrays["input"]) == tested
    assert fingerprints(calibrated.arrays["input"]) <= trained


@pytest.mark.usefixtures("cache")
def test_the_images_that_are_timed_are_no_zeros(digits: Dataset) -> None:
    """Trap: zeros as inputs; black is a value of its own once images are normalised."""
    timed = InputSet.load(sources._images("digits", (1, 32, 32), "test")).arrays["input"]
    assert timed.shape == (len(digits.test_images), 1, 32, 32)
    assert np.count_nonzero(timed) == timed.size


def test_an_accuracy_above_what_anyone_reached_is_doubted() -> None:
    """Trap: claims above 97 % on Fashion-MNIST; the naive reading is a new record."""
    claimed = Quantity(metric=fidelity.ACCURACY, value=0.9912, n=10_000)
    (note,) = fidelity.doubts("fashion_mnist", [claimed])
    assert "0.9912 is above 0.97, not plausible on fashion_mnist" in note
    believed = Quantity(metric=fidelity.ACCURACY, value=fashion_mnist.PLAUSIBLE_ACCURACY, n=10_000)
    assert list(fidelity.doubts("fashion_mnist", [believed])) == []
