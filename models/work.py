"""What training a recipe costs, estimated before it is done."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from models.counting import count
from models.data import data_file
from models.errors import ModelError
from models.possible import architecture, training
from models.zoo import assemble, input_shape

if TYPE_CHECKING:
    from models.recipe import Recipe


def work(recipe: Recipe) -> float:
    """Multiply-accumulates of the forward passes, before anything is pruned; 0.0 if unknown.

    Good for sharing out a time between recipes, not for predicting it.
    """
    plan = training(recipe)
    if plan is None:  # weights that stay random cost nothing
        return 0.0
    try:
        module = assemble(recipe.family, architecture(recipe))
        images = _training_images(recipe.dataset)
    except ModelError:  # the reason is reported when it comes to making the recipe
        return 0.0
    return float(plan.epochs * images * count(module, input_shape(recipe.family)).macs)


@functools.cache
def _training_images(dataset: str) -> int:
    return len(data_file(dataset).load().train_images)
