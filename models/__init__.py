"""Model families, techniques, data sets and trained weights; nothing here measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.data import cache_folder, check_cache, datasets
from models.errors import ImpossibleError, ModelError
from models.files import Weights
from models.possible import why_not
from models.recipe import Recipe
from models.seeds import spread

# On purpose, this function hides the folder of the same name as an attribute of `models`; files in
# the folder are still imported as usual: `from models.techniques import dense`.
from models.techniques import techniques
from models.zoo import families, input_shape, is_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import nn

__all__ = [
    "ImpossibleError",
    "ModelError",
    "Recipe",
    "Weights",
    "build",
    "cache_folder",
    "check_cache",
    "datasets",
    "families",
    "input_shape",
    "is_module",
    "obtain",
    "spread",
    "techniques",
    "why_not",
]


def obtain(
    recipe: Recipe, cache_dir: Path, report: Callable[[str, float], None] | None = None
) -> Weights:
    """The recipe's weights: shipped, or trained into `cache_dir` and kept there.

    `report` is told what is being done and the share of it that is done, from 0 to 1.
    """
    from models import obtaining  # late: it needs no torch, but a Unix

    return obtaining.obtain(recipe, cache_dir, report)


def build(recipe: Recipe, weights: Path) -> nn.Module:
    """The recipe's module with the weights in the file, in eval mode."""
    from models import building  # late: it imports torch

    return building.build(recipe, weights)
