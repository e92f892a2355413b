"""The family simple_cnn: its width, and everything about how the suite trains a network."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import torch

from models.data import Training, digits
from models.errors import ModelError
from models.training import SCHEDULES, Course, accuracy, seeded, train
from models.zoo import simple_cnn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration, Value

STEPS: str | None = "epochs"
DEFAULTS: Mapping[str, Value] = {"width": 1.0, **asdict(digits.TRAINING)}
MAY_BE_0 = {"weight_decay", "label_smoothing", "shift_pixels", "mirror"}


def check(configuration: Configuration) -> None:
    """A schedule that exists, a smoothing below 1, and numbers above 0 or not below it."""
    for name, value in configuration.items():
        if name == "schedule":
            if value not in SCHEDULES:
                msg = f"simple_cnn: schedule is {value!r}, but must be one of {list(SCHEDULES)}"
                raise ModelError(msg)
            continue
        number = float(value)
        if number < 0 or (number == 0 and name not in MAY_BE_0):
            least = "0 or more" if name in MAY_BE_0 else "above 0"
            msg = f"simple_cnn: {name} is {value}, but must be {least}"
            raise ModelError(msg)
        if name == "label_smoothing" and number >= 1:
            msg = f"simple_cnn: label_smoothing is {value}, but must be below 1"
            raise ModelError(msg)


def score(
    configuration: Configuration, train_part: Part, test: Part, seed: int, report: Report
) -> float:
    """The accuracy on `test` after the last epoch; each epoch's is reported."""
    images, labels = torch.from_numpy(train_part.images), torch.from_numpy(train_part.labels)
    judged = torch.from_numpy(test.images), torch.from_numpy(test.labels)
    plan = {name: value for name, value in configuration.items() if name != "width"}
    training = Training(**plan)  # type: ignore[arg-type] # of the types that DEFAULTS has
    steps = training.epochs * math.ceil(len(images) / training.batch_size)
    reached = [0.0]

    def after_step(share: float) -> None:
        done = round(share * steps)
        if done % (steps // training.epochs) == 0:
            reached.append(accuracy(module, *judged))
            module.train()
            report(len(reached) - 1, reached[-1])

    with seeded(seed):
        module = simple_cnn.build(width=float(configuration["width"]))
        train(module, (images, labels), Course(training=training, report=after_step))
    return reached[-1]
