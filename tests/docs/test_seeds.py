"""What docs/techniques.md says of luck: means over seeds, and the difference of two techniques."""

from __future__ import annotations

from statistics import fmean

import pytest

from models import Recipe, cache_folder, seeds
from models.obtaining import find
from tests.docs.scripts import ROOT


def accuracies(dataset: str, technique: str) -> list[float]:
    recipe = Recipe(family="simple_cnn", techniques=(technique,), dataset=dataset)
    weights = find(recipe, cache_folder())
    assert weights
    return list(seeds.accuracies(weights).values())


@pytest.mark.parametrize(
    ("dataset", "pruned"),
    [
        ("fashion_mnist", "prune_structured@ratio=0.5,round_to=1"),
        ("digits", "prune_structured@ratio=0.5"),
    ],
)
def test_means_and_difference_are_those_of_the_stored_accuracies(dataset: str, pruned: str) -> None:
    document = (ROOT / "docs" / "techniques.md").read_text()
    told = document.partition("Is pruning really better")[2].partition("\n\nThe accuracies of")[0]
    own, other = accuracies(dataset, pruned), accuracies(dataset, "half_width")
    found = seeds.difference(own, other)
    assert found
    for mean in (fmean(own), fmean(other)):
        assert f"{100 * mean:.2f}" in told
    for points in (found.mean, found.low, found.high):
        assert f"{100 * points:+.2f}" in told
