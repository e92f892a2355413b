"""What making a recipe costs, estimated before it is done."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from models.counting import count
from models.data import data_file
from models.errors import ModelError
from models.possible import architecture, training
from models.views import all_views
from models.zoo import assemble, input_shape

if TYPE_CHECKING:
    from models.recipe import Recipe

PASSES = 3  # of a step in forward passes: the backward pass finds two products for each of its one


def work(recipe: Recipe) -> float:
    """Multiply-accumulates of its training, before anything is pruned, and of asking its teacher.

    0.0 if unknown. Good for sharing out a time between recipes, not for predicting it.
    """
    return _trained(recipe) + _asked(recipe)


def asking_share(recipe: Recipe) -> float:
    """The part of the work, 0 to 1, that is asking the teacher; 0.0 without one."""
    asked = _asked(recipe)
    return asked / (asked + _trained(recipe)) if asked else 0.0


def _trained(recipe: Recipe) -> float:
    plan = training(recipe)
    if plan is None:  # weights that stay random cost nothing
        return 0.0
    return PASSES * plan.epochs * _one_pass(recipe)


def _asked(recipe: Recipe) -> float:
    plan = training(recipe)
    if plan is None or recipe.teacher is None:
        return 0.0
    return len(list(all_views(plan))) * _one_pass(recipe.teacher)


def _one_pass(recipe: Recipe) -> float:
    """Forward passes of all training images; 0.0 if there is no such network or data."""
    try:
        module = assemble(recipe.family, architecture(recipe))
        images = _training_images(recipe.dataset)
    except ModelError:  # the reason is reported when it comes to making the recipe
        return 0.0
    return float(images * count(module, input_shape(recipe.family)).macs)


@functools.cache
def _training_images(dataset: str) -> int:
    return len(data_file(dataset).load().train_images)
