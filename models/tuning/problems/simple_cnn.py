"""The family simple_cnn, trained with AdamW: learning rate, decay, batch size, width, schedule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional
from torch.optim import lr_scheduler

from models.errors import ModelError
from models.training import accuracy, seeded
from models.zoo import simple_cnn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.problems import Part, Report
    from models.tuning.space import Configuration, Value

STEPS: str | None = "epochs"
SCHEDULES = ("constant", "cosine", "one_cycle")

DEFAULTS: Mapping[str, Value] = {
    "learning_rate": 1e-2,
    "weight_decay": 0.05,
    "batch_size": 64,
    "width": 1.0,
    "schedule": "one_cycle",
    "epochs": 6,
}


def check(configuration: Configuration) -> None:
    """Numbers above 0, a decay of 0 or more, and a schedule that exists."""
    for name, value in configuration.items():
        if name == "schedule":
            if value not in SCHEDULES:
                msg = f"simple_cnn: schedule is {value!r}, but must be one of {SCHEDULES}"
                raise ModelError(msg)
        elif float(value) < 0 or (float(value) == 0 and name != "weight_decay"):
            msg = f"simple_cnn: {name} is {value}, but must be above 0"
            raise ModelError(msg)


def score(
    configuration: Configuration, train: Part, test: Part, seed: int, report: Report
) -> float:
    """The accuracy on `test` after the last epoch; each epoch's is reported."""
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    judged, right = torch.from_numpy(test.images), torch.from_numpy(test.labels)
    size, epochs = int(configuration["batch_size"]), int(configuration["epochs"])
    reached = 0.0
    with seeded(seed):
        module = simple_cnn.build(width=float(configuration["width"]))
        optimizer = torch.optim.AdamW(
            module.parameters(),
            lr=float(configuration["learning_rate"]),
            weight_decay=float(configuration["weight_decay"]),
        )
        schedule = _schedule(configuration, optimizer, epochs * math.ceil(len(images) / size))
        for epoch in range(1, epochs + 1):
            module.train()
            for chosen in torch.split(torch.randperm(len(images)), size):
                loss = functional.cross_entropy(module(images[chosen]), labels[chosen])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
            reached = accuracy(module, judged, right)
            report(epoch, reached)
    return reached


def _schedule(
    configuration: Configuration, optimizer: torch.optim.Optimizer, steps: int
) -> lr_scheduler.LRScheduler:
    """Of the learning rate, over all steps."""
    name = configuration["schedule"]
    if name == "one_cycle":
        return lr_scheduler.OneCycleLR(optimizer, float(configuration["learning_rate"]), steps)
    if name == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, steps)
    return lr_scheduler.ConstantLR(optimizer, factor=1.0)
