"""Which recipes can have a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from models import families, why_not
from models.data import digits
from models.possible import architecture, training
from models.zoo import Architecture
from tests.models.made import DATA, recipe

if TYPE_CHECKING:
    from models.data import Training


def longer(plan: Training) -> Training:
    return replace(plan, epochs=3 * plan.epochs)


@pytest.mark.parametrize("family", families())
def test_every_family_can_be_had_as_it_is(family: str) -> None:
    dataset = DATA.get(family, "digits")
    assert why_not(recipe("dense", family=family, dataset=dataset)) is None


def test_a_technique_that_asks_for_what_a_family_lacks_is_the_reason() -> None:
    reason = why_not(recipe("half_width", "grouped", family="mlp"))
    assert reason == "mlp has no convolution to group"
    assert why_not(recipe("half_width", "prune_structured", family="mlp")) is None


def test_architecture_techniques_add_up_from_left_to_right() -> None:
    steps = "half_width", "grouped@groups=4", "tied", "prune_blocks@blocks=2"
    built = architecture(recipe(*steps, family="resnet20"))
    assert built == Architecture(width=0.5, groups=4, tied=True, blocks=2)


@pytest.mark.parametrize(
    ("techniques", "family", "dataset", "reason"),
    [
        (
            ["dense"],
            "resnet50",
            "digits",
            "resnet50 takes images of 3x224x224, and those of digits are 1x28x28",
        ),
        (
            ["grouped"],
            "simple_cnn",
            "imagenet_shape",
            "simple_cnn takes images of 1x28x28, and those of imagenet_shape are 3x224x224",
        ),
        (
            ["prune_structured"],
            "random_forest",
            "digits",
            "random_forest is no network: only dense and tuned apply, not prune_structured",
        ),
        (
            ["half_width", "distill@teacher=random_forest"],
            "mlp",
            "digits",
            "random_forest is no network: it cannot teach one",
        ),
        (
            ["half_width", "distill@teacher=resnet50"],
            "resnet50",
            "imagenet_shape",
            "imagenet_shape has no labels: nobody learns from it, and so nobody can teach",
        ),
        (
            ["half_width", "distill@teacher=resnet50"],
            "mlp",
            "digits",
            "resnet50 takes images of 3x224x224, and those of digits are 1x28x28",
        ),
    ],
)
def test_what_cannot_be_has_its_reason(
    techniques: list[str], family: str, dataset: str, reason: str
) -> None:
    assert why_not(recipe(*techniques, family=family, dataset=dataset)) == reason


@pytest.mark.parametrize(
    ("techniques", "plan"),
    [
        (["half_width"], digits.TRAINING),
        (["half_width", "distill@times=3"], longer(digits.TRAINING)),
        (["half_width", "distill@times=3", "prune_structured"], digits.FINE_TUNING),
        (["half_width", "prune_structured", "distill@times=3"], longer(digits.FINE_TUNING)),
        (["half_width", "distill@times=3", "prune_structured", "distill"], digits.FINE_TUNING),
    ],
)
def test_a_teacher_has_so_many_times_the_epochs_of_what_it_teaches(
    techniques: list[str], plan: Training
) -> None:
    assert training(recipe(*techniques)) == plan


def test_padded_images_fit() -> None:
    assert why_not(recipe("dense", family="deep_cnn")) is None
