"""What a recipe's network is, and whether there can be one; without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.data import data_file, fits
from models.techniques import applies_to_all, changes_architecture, function, has
from models.zoo import Architecture, input_shape, is_module, lacking, paced

if TYPE_CHECKING:
    from models.data import Training
    from models.recipe import Recipe


def architecture(recipe: Recipe) -> Architecture:
    """What the recipe's architecture techniques add up to, from left to right."""
    result = Architecture()
    for step in recipe.steps:
        if changes_architecture(step.name):
            result = function(step.name, "architecture")(result, **step.options)
    return result


def training(recipe: Recipe) -> Training | None:
    """How the weights are trained: as the data set says, or a technique; None without labels."""
    file = data_file(recipe.dataset)
    planned = file.FINE_TUNING if recipe.parent else file.TRAINING
    if planned is None:
        return None
    planned = paced(recipe.family, planned)
    deciding = recipe.steps if recipe.parent is None else (recipe.lesson,)
    for step in deciding:
        if step and has(step.name, "planned"):
            planned = function(step.name, "planned")(planned, **step.options)
    return planned


def why_not(recipe: Recipe) -> str | None:
    """The reason why there can be no such model, or None; nothing is built or loaded."""
    others = [step.name for step in recipe.steps if not applies_to_all(step.name)]
    if others and not is_module(recipe.family):
        return f"{recipe.family} is no network: only dense and tuned apply, not {others[0]}"
    for step in recipe.steps:
        if has(step.name, "unsuited") and (
            reason := function(step.name, "unsuited")(recipe.family, recipe.dataset, **step.options)
        ):
            return str(reason)
    images, wanted = data_file(recipe.dataset).SHAPE, input_shape(recipe.family)
    if not fits(images, wanted):
        given, taken = ("x".join(map(str, shape)) for shape in (images, wanted))
        return f"{recipe.family} takes images of {taken}, and those of {recipe.dataset} are {given}"
    if recipe.teacher:
        return _no_lesson(recipe.teacher) or lacking(recipe.family, architecture(recipe))
    return lacking(recipe.family, architecture(recipe))


def _no_lesson(teacher: Recipe) -> str | None:
    """Why nothing can be learnt from the teacher, or None."""
    if not is_module(teacher.family):
        return f"{teacher.family} is no network: it cannot teach one"
    if data_file(teacher.dataset).TRAINING is None:
        return f"{teacher.dataset} has no labels: nobody learns from it, and so nobody can teach"
    return why_not(teacher)
