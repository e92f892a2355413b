"""Checks of a scenario that only the techniques themselves can make, while pytest collects."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import models
from scenarios.scenario import TOP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.scenario import ModelSource, Scenario, Technique


def check(scenario: Scenario) -> None:
    """Whether all recipes that the scenario names can be had; a user's own model has none.

    Raises:
        ScenarioError: an option's value makes no sense, or the order of techniques.
    """
    if scenario.own_model is not None:
        return
    first = scenario.baseline
    _check(scenario, TOP_LEVEL, "baseline", first.model, first.techniques)
    for matrix in scenario.matrices:
        for model, techniques in product(matrix.models, matrix.techniques):
            _check(scenario, matrix.section, "techniques", model, techniques)


def _check(
    scenario: Scenario, section: str, key: str, model: ModelSource, techniques: Sequence[Technique]
) -> None:
    try:
        models.Recipe(
            family=model.target,
            techniques=tuple(map(str, techniques)),
            dataset=str(scenario.dataset),
        )
    except models.ModelError as error:
        raise scenario.error(section, f"{key}: {error}") from error
