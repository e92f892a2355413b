"""Short ways to make the values that these tests need."""

from __future__ import annotations

from models import Recipe


def recipe(*techniques: str, family: str = "simple_cnn", dataset: str = "digits") -> Recipe:
    return Recipe(family=family, techniques=techniques or ("dense",), dataset=dataset)
