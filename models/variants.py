"""The networks that the shipped scenarios measure, and the order in which to make networks."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from models.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FILE = Path(__file__).parent / "variants.toml"


def variants() -> list[Recipe]:
    """All that variants.toml lists, in its order."""
    table: dict[str, dict[str, list[str]]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Recipe(family=family, techniques=tuple(variant.split("+")), dataset=dataset)
        for dataset, families in table.items()
        for family, written in families.items()
        for variant in written
    ]


def in_order(recipes: Iterable[Recipe], is_there: Callable[[Recipe], bool]) -> list[Recipe]:
    """The recipes, each once, and before each that has to be made all that it is made from."""
    ordered: dict[str, Recipe] = {}

    def add(recipe: Recipe) -> None:
        if recipe.key in ordered:
            return
        if not is_there(recipe):
            for needed in recipe.made_from:
                add(needed)
        ordered[recipe.key] = recipe

    for recipe in recipes:
        add(recipe)
    return list(ordered.values())
