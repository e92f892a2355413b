"""models/variants.toml lists what the scenarios need; models itself must not look at those."""

from __future__ import annotations

from bench import plan, registry
from models import Recipe, why_not
from models.variants import variants
from scenarios import load, shipped, unbundled


def test_the_list_is_what_the_shipped_scenarios_need() -> None:
    words = registry.vocabulary()
    files = unbundled(shipped().values())
    cases = [case for file in files for case in plan.cases(load(file, words), device="cpu")]
    needed = set()
    for case in cases:
        if case.scenario.task == "training":  # starts from random weights, and keeps none
            continue
        family, *techniques = case.variant.split("+")
        recipe = Recipe(
            family=family, techniques=tuple(techniques), dataset=str(case.scenario.dataset)
        )
        if why_not(recipe) is None:
            needed.add(recipe.trained.key)
    listed = [recipe.key for recipe in variants()]
    assert sorted(needed - set(listed)) == [], "models/variants.toml lacks them"
    assert sorted(set(listed) - needed) == [], "no scenario needs them"
    assert len(listed) == len(set(listed))
