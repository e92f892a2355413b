"""Made-up trainings for the scripted world: a scenario, and what each variant reaches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.preparation.artifact import TrainingFields
from models import learning
from models.learning import Curve
from models.loop import loop
from models.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.case import Case

TWO_LOOPS = """
summary = "Which loop is soonest there?"
task = "training"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/train_eager-fp32"
[training]
target_accuracy = 0.9
seeds = 3
[budget]
replicates = 3
seconds_per_case = 0.3
[matrix]
techniques = ["dense", "channels_last", "larger_batch@times=4", "one_cycle"]
engines = ["train_eager"]
batch_sizes = [2]
"""

LOOK = 1000  # samples between looks
# By technique, when the seeds reach the target, in looks; 0: never.
REACHED: dict[str, Sequence[int]] = {
    "dense": (4, 4, 4),
    "channels_last": (4, 4, 4),
    "larger_batch": (2, 2, 0),
    "one_cycle": (2, 2, 2),
}
LOOKS = 6


def curve(reached: int) -> Curve:
    """Half of the held-out images are right until the target is reached, and then nearly all."""
    looks = range(1, LOOKS + 1)
    return Curve(
        samples=tuple(LOOK * look for look in looks),
        accuracies=tuple(0.95 if reached and look >= reached else 0.5 for look in looks),
        test_accuracy=0.875 if reached else 0.75,
        test_images=8,
        diverged=not reached,
    )


def of(case: Case, folder: Path) -> TrainingFields:
    """What a training artifact of the case holds."""
    assert case.scenario.training
    name = case.techniques[0].name
    files = []
    for seed, reached in enumerate(REACHED[name]):
        file = folder / f"{name}-{seed}.json"
        file.write_text(json.dumps(learning.as_dict(curve(reached))))
        files.append(str(file))
    techniques = tuple(map(str, case.techniques))
    recipe = Recipe(family=case.model.target, techniques=techniques, dataset="digits")
    return TrainingFields(
        target_accuracy=case.scenario.training.target_accuracy,
        most_epochs=case.scenario.training.most_epochs,
        learning_rate=case.scenario.training.learning_rate,
        batches_per_step=loop(recipe).times,
        curves=tuple(files),
    )


def facts(case: Case) -> dict[str, str]:
    """What the artifact says of itself; layouts share the plain loop's trainings."""
    name = case.techniques[0].name
    return {"task": "training", "curve": "dense" if name == "channels_last" else name}
