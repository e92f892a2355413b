"""Checks of a scenario that only the techniques themselves can make, while pytest collects."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import models
from scenarios.scenario import TOP_LEVEL, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.scenario import ModelSource, Scenario, Technique


def check(scenario: Scenario) -> None:
    """Whether all recipes that the scenario names can be had; a user's own model has none.

    Raises:
        ScenarioError: options' values make no sense, or the order of techniques; a line a mistake.
    """
    if scenario.own_model is not None:
        return
    first = scenario.baseline
    variants = [(TOP_LEVEL, "baseline", first.model, first.techniques)]
    for matrix in scenario.matrices:
        for model, techniques in product(matrix.models, matrix.techniques):
            variants.append((matrix.section, "techniques", model, techniques))
    found = (
        str(scenario.error(section, f"{key}: {problem}"))
        for section, key, model, techniques in variants
        if (problem := _problem(scenario, model, techniques))
    )
    if lines := list(dict.fromkeys(found)):  # several models have one mistake in common
        raise ScenarioError("\n".join(lines))


def _problem(scenario: Scenario, model: ModelSource, techniques: Sequence[Technique]) -> str | None:
    try:
        models.Recipe(
            family=model.target,
            techniques=tuple(map(str, techniques)),
            dataset=str(scenario.dataset),
        )
    except models.ModelError as error:
        return str(error)
    return None
