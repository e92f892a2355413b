"""What problems of network families share: the shape that is built, and how it is trained."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from models.data import Training
from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration

MAY_BE_0 = {"weight_decay", "label_smoothing", "shift_pixels", "mirror"}
TRAINED = frozenset(field.name for field in fields(Training))  # the rest is the network's shape


def check(family: str, configuration: Configuration) -> None:
    """A schedule that exists, a smoothing below 1, and numbers above 0 or not below it."""
    from models.training import SCHEDULES

    for name, value in configuration.items():
        if name == "schedule":
            if value not in SCHEDULES:
                msg = f"{family}: schedule is {value!r}, but must be one of {list(SCHEDULES)}"
                raise ModelError(msg)
            continue
        number = float(value)
        if number < 0 or (number == 0 and name not in MAY_BE_0):
            least = "0 or more" if name in MAY_BE_0 else "above 0"
            msg = f"{family}: {name} is {value}, but must be {least}"
            raise ModelError(msg)
        if name == "label_smoothing" and number >= 1:
            msg = f"{family}: label_smoothing is {value}, but must be below 1"
            raise ModelError(msg)


def score(
    build: Callable[..., nn.Module],
    configuration: Configuration,
    parts: tuple[Part, Part],
    seed: int,
    report: Report,
) -> float:
    """The accuracy on the second part after the last epoch; each epoch's is reported.

    `build` gets what of the configuration is not about training.
    """
    import torch

    from models.training import Course, accuracy, seeded, train

    fitted, tested = parts
    images, labels = torch.from_numpy(fitted.images), torch.from_numpy(fitted.labels)
    judged = torch.from_numpy(tested.images), torch.from_numpy(tested.labels)
    plan: dict[str, Any] = {k: value for k, value in configuration.items() if k in TRAINED}
    shape = {name: value for name, value in configuration.items() if name not in TRAINED}
    training = Training(**plan)
    steps = training.epochs * math.ceil(len(images) / training.batch_size)
    reached = [0.0]

    def after_step(share: float) -> None:
        done = round(share * steps)
        if done % (steps // training.epochs) == 0:
            reached.append(accuracy(module, *judged))
            module.train()
            report(len(reached) - 1, reached[-1])

    with seeded(seed):
        module = build(**shape)
        train(module, (images, labels), Course(training=training, report=after_step))
    return reached[-1]
