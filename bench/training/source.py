"""What a training case needs: images to train on, and what its trainings reach, seed by seed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import models
from bench.device import tf32
from bench.device.opened import open_device
from bench.preparation import cache
from bench.preparation.artifact import Artifact, Counts, TrainingFields
from bench.preparation.inputs import InputSet
from bench.preparation.sources import INPUT, recipe_fields
from models import learning
from models.data import code_sha256
from models.loop import loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.case import Case
    from models.learner import Setting
    from models.learning import Split
    from scenarios.scenario import Training

    Report = Callable[[str, float], None]

CURVE = "curve.json"


def prepare(case: Case, training: Training, report: Report) -> Artifact:
    """The artifact of a training case; each seed's training is kept as soon as it has ended."""
    fields = recipe_fields(case)
    recipe = models.Recipe(**fields)
    data = learning.split(recipe.family, recipe.dataset)
    files = _curves(recipe, setting(case, training, case.device), data, training.seeds, report)
    artifact = Artifact(
        path="",
        recipe=fields,
        inputs=str(_inputs(recipe, data)),
        training=TrainingFields(
            target_accuracy=training.target_accuracy,
            most_epochs=training.most_epochs,
            learning_rate=training.learning_rate,
            batches_per_step=loop(recipe).times,
            curves=tuple(map(str, files)),
        ),
        facts=_facts(recipe, training, data) | {"curve": files[0].parent.name},
    )
    return artifact.with_counts(_counts(recipe))


def setting(case: Case, training: Training, device: str) -> Setting:
    """What the case's scenario says of its trainings, on a device of the caller's choice."""
    from models.learner import Setting

    return Setting(
        batch_size=case.batch_size,
        learning_rate=training.learning_rate,
        epochs=training.most_epochs,
        precision=case.precision,
        device=device,
    )


def _facts(recipe: models.Recipe, training: Training, data: Split) -> dict[str, str]:
    goal = f"{training.target_accuracy:g} of {len(data.held_out_labels):,} held-out training images"
    return {
        "task": "training",
        "target": f"{goal}, within {training.most_epochs} epochs",
        "loop": ", ".join(f"{name}={value}" for name, value in asdict(loop(recipe)).items()),
        "learning_rate": f"{training.learning_rate:g}",
        "data_sha256": data.sha256,
    }


def _inputs(recipe: models.Recipe, data: Split) -> Path:
    """The images that are trained on, with their labels."""
    shape = list(data.train_images.shape)
    key = {
        "data": recipe.dataset,
        "sha256": data.sha256,  # before they were normalised
        "code": code_sha256(recipe.dataset),
        "part": "trained on",
        "shape": shape,
    }

    def build(folder: Path) -> None:
        InputSet(
            arrays={INPUT: data.train_images},
            batch_axes={INPUT: 0},
            labels=data.train_labels,
            sha256=data.sha256,
            kind=f"training images of {recipe.dataset}, but for those held out",
        ).save(folder)

    return cache.entry("inputs", key, build)


def _curves(
    recipe: models.Recipe, chosen: Setting, data: Split, seeds: int, report: Report
) -> list[Path]:
    essence = learning.essence(recipe, chosen)
    # Of a CPU nothing is said: it has but one.
    arithmetic = {} if chosen.device == "cpu" else {"arithmetic": "ieee"}

    def curve(seed: int) -> Path:
        what = f"{recipe.name} in {chosen.precision}, seed {seed}"

        def tell(share: float) -> None:
            report(f"training {what}", (seed + share) / seeds)

        def waiting() -> None:
            report(f"waiting for another run, which trains {what}", seed / seeds)

        def build(folder: Path) -> None:
            tell(0.0)
            with _opened(chosen):
                found = learning.learn(recipe, chosen, data, seed, tell)
            (folder / CURVE).write_text(json.dumps(learning.as_dict(found)))

        key = {
            **essence,
            **arithmetic,
            "seed": seed,
            "data_sha256": data.sha256,
            "torch": metadata.version("torch"),
        }
        return cache.entry("curves", key, build, waiting) / CURVE

    return [curve(seed) for seed in range(seeds)]


@contextmanager
def _opened(chosen: Setting) -> Iterator[None]:
    """The device that is trained on, in the arithmetic that its steps are timed in.

    Raises:
        Unavailable: there is no such device, or it has no arithmetic for the precision.
    """
    if chosen.device == "cpu":
        yield
        return
    open_device(chosen.device, chosen.precision)
    with tf32.forbidden():
        yield


def _counts(recipe: models.Recipe) -> Counts:
    from models.counting import count
    from models.learner import untrained

    found = count(untrained(recipe, 0), models.input_shape(recipe.family))
    return Counts(params=found.params, nonzero_params=found.nonzero_params, macs=found.macs)


def curves(artifact: Artifact) -> list[learning.Curve]:
    """What the trainings of a training case's artifact reached, seed by seed; else nothing."""
    files = artifact.training["curves"] if artifact.training else ()
    return [learning.from_dict(json.loads(Path(file).read_text())) for file in files]
