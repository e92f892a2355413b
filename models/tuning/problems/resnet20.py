"""The family resnet20: its width and depth, and everything about how the suite trains a network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from models.data import digits
from models.errors import ModelError
from models.tuning import network
from models.zoo import resnet20

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration, Value

STEPS: str | None = "epochs"
BLOCKS = 3  # of each stage in the whole network: 8, 14 or 20 layers with one, two or three
DEFAULTS: Mapping[str, Value] = {"width": 1.0, "blocks": BLOCKS, **asdict(digits.TRAINING)}


def check(configuration: Configuration) -> None:
    """Whatever a network can be trained with, and as many blocks as there are at most."""
    network.check("resnet20", configuration)
    if float(configuration["blocks"]) > BLOCKS:
        msg = f"resnet20: blocks is {configuration['blocks']}, but must be {BLOCKS} or less"
        raise ModelError(msg)


def score(
    configuration: Configuration, train: Part, test: Part, seed: int, report: Report
) -> float:
    """The accuracy on `test` after the last epoch; each epoch's is reported."""
    return network.score(resnet20.build, configuration, (train, test), seed, report)
