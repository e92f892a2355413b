"""The family simple_cnn: its width, and everything about how the suite trains a network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from models.data import digits
from models.tuning import network
from models.zoo import simple_cnn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration, Value

STEPS: str | None = "epochs"
DEFAULTS: Mapping[str, Value] = {"width": 1.0, **asdict(digits.TRAINING)}


def check(configuration: Configuration) -> None:
    """Whatever a network can be trained with."""
    network.check("simple_cnn", configuration)


def score(
    configuration: Configuration, train: Part, test: Part, seed: int, report: Report
) -> float:
    """The accuracy on `test` after the last epoch; each epoch's is reported."""
    return network.score(simple_cnn.build, configuration, (train, test), seed, report)
