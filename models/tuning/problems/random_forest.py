"""scikit-learn's random forest, on the means of 4 by 4 pixels: 49 features of a 28 by 28 image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import ModelError
from models.zoo.random_forest import features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration, Value

STEPS: str | None = None  # a forest is fitted in one go
LEAST = {"n_estimators": 1, "max_depth": 1, "min_samples_split": 2}  # that scikit-learn takes

DEFAULTS: Mapping[str, Value] = {"n_estimators": 100, "max_depth": 20, "min_samples_split": 2}


def check(configuration: Configuration) -> None:
    """Each at least what scikit-learn takes."""
    for name, value in configuration.items():
        if float(value) < LEAST[name]:
            msg = f"random_forest: {name} is {value}, but must be {LEAST[name]} or more"
            raise ModelError(msg)


def score(
    configuration: Configuration, train: Part, test: Part, seed: int, _report: Report
) -> float:
    """The accuracy on `test`; in one thread, which is what makes seconds comparable."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(**configuration, random_state=seed, n_jobs=1)
    forest.fit(features(train.images), train.labels)
    return float(forest.score(features(test.images), test.labels))
