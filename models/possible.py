"""What a recipe's network is, and whether there can be one; without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.techniques import changes_architecture, function
from models.zoo import Architecture, lacking

if TYPE_CHECKING:
    from models.recipe import Recipe


def architecture(recipe: Recipe) -> Architecture:
    """What the recipe's architecture techniques add up to, from left to right."""
    result = Architecture()
    for step in recipe.steps:
        if changes_architecture(step.name):
            result = function(step.name, "architecture")(result, **step.options)
    return result


def why_not(recipe: Recipe) -> str | None:
    """The reason why the recipe can have no network, or None; nothing is built or loaded."""
    return lacking(recipe.family, architecture(recipe))
