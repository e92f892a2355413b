"""Making weights: the network trained from random weights, or changed and fine-tuned."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.utils import prune

from models.building import build
from models.data import data_file, fit
from models.errors import ModelError
from models.possible import architecture
from models.teaching import lesson
from models.techniques import function, kind
from models.training import Course, accuracy, best_device, native_bfloat16, seeded, train
from models.zoo import assemble, input_shape, paced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from models.checkpoint import Checkpoint
    from models.data import Dataset, Training
    from models.files import Weights
    from models.recipe import Recipe
    from models.training import Examples

    Report = Callable[[float], None]  # the share that is done

BATCH = 256  # training images that a technique may look at: enough for a gradient's mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """New weights, not stored yet."""

    content: bytes  # of a safetensors file
    how: Mapping[str, str | int | float]


def make(
    recipe: Recipe,
    parent: Weights | None,
    report: Report,
    *,
    teacher: Weights | None = None,
    checkpoint: Checkpoint | None = None,
) -> Made:
    """Train the recipe, or fine-tune it from its parent's weights; seeded."""
    start_s = time.perf_counter()
    file = data_file(recipe.dataset)
    data = file.load()
    training = paced(recipe.family, file.FINE_TUNING if parent else file.TRAINING)
    shape = input_shape(recipe.family)
    device = best_device()
    images = _tensor(fit(data.train_images, shape)).to(device)
    examples = images, torch.from_numpy(data.train_labels).to(device)
    with seeded(recipe.seed):
        taught = lesson(recipe, teacher, images) if teacher else None
        networks = _networks(recipe, parent, examples)
        for module, course in zip(networks, _courses(recipe, training, report), strict=True):
            with zeros_held(module):
                train(module, examples, course, taught, checkpoint)
    module.cpu()
    right = accuracy(
        module, _tensor(fit(data.test_images, shape)), torch.from_numpy(data.test_labels)
    )
    spent_s = checkpoint.spent_s if checkpoint else time.perf_counter() - start_s
    how: dict[str, str | int | float] = {
        "accuracy": right,
        "command": _command(recipe),
        "started_from": _named(parent) if parent else "random",
        **({"teacher": _named(teacher)} if teacher else {}),
        "duration_s": round(spent_s, 1),
    }
    tensors = {name: value.contiguous() for name, value in module.state_dict().items()}
    return Made(content=save(tensors), how=how | asdict(training) | _environment(recipe, data))


@contextmanager
def zeros_held(module: nn.Module) -> Iterator[None]:
    """Weights that are exactly zero stay zero while training inside, as masks in torch's way."""
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    pruned = [layer for layer in layers if bool((layer.weight == 0).any())]
    for layer in pruned:
        prune.custom_from_mask(layer, "weight", layer.weight != 0)  # type: ignore[no-untyped-call]
    yield
    for layer in pruned:
        prune.remove(layer, "weight")  # type: ignore[no-untyped-call]


def _networks(recipe: Recipe, parent: Weights | None, examples: Examples) -> Iterator[nn.Module]:
    """The network, each time it shall be trained: once, or whenever a technique has changed it."""
    images, labels = examples
    if parent is None or recipe.parent is None:
        yield assemble(recipe.family, architecture(recipe))
        return
    step = recipe.change
    trained = build(recipe.parent, parent.path)
    if kind(step.name) == "inherit":
        module = assemble(recipe.family, architecture(recipe))
        function(step.name, "inherit")(module, trained, **step.options)
        yield module
        return
    trained.to(images.device)
    generator = torch.Generator().manual_seed(recipe.seed)
    chosen = torch.randperm(len(images), generator=generator)[:BATCH].to(images.device)
    batch = images[chosen], labels[chosen]
    for _ in function(step.name, "apply")(trained, batch, **step.options):
        yield trained


def _courses(recipe: Recipe, training: Training, report: Report) -> list[Course]:
    """The epochs shared among as many trainings as the last step asks for; the last has the rest.

    Each is a cycle of the learning rate of its own, and reports its part of the whole.
    """
    steps = int(recipe.change.options.get("steps", 1))
    each = training.epochs // steps
    if each == 0:
        msg = (
            f"{recipe.name}: steps is {steps}, but fine-tuning on {recipe.dataset} has "
            f"{training.epochs} epochs to share; ask for {training.epochs} steps or fewer"
        )
        raise ModelError(msg)
    courses = []
    for begin in range(0, each * steps, each):
        last = begin == each * (steps - 1)
        epochs = training.epochs - begin if last else each
        tell = partial(_part_done, report, begin / training.epochs, epochs / training.epochs)
        courses.append(Course(training=replace(training, epochs=epochs), report=tell))
    return courses


def _part_done(report: Report, before: float, part: float, share: float) -> None:
    report(before + part * share)


def _named(weights: Weights) -> str:
    return f"{weights.path.stem}, sha256 {weights.sha256}"


def _command(recipe: Recipe) -> str:
    verb = "seeds" if recipe.seed else "train"
    named = " ".join([recipe.dataset, recipe.family, *recipe.techniques])
    return f"python -m models {verb} {named}"


def _environment(recipe: Recipe, data: Dataset) -> dict[str, str | int]:
    return {"seed": recipe.seed, "data_sha256": data.sha256, **surroundings()}


def surroundings() -> dict[str, str | int]:
    """What the last bits of weights depend on beside the recipe."""
    device = best_device()
    return {
        "torch": torch.__version__,
        "device": device.type,
        "threads": torch.get_num_threads(),
        "precision": "bf16 autocast" if native_bfloat16(device) else "fp32",
    }


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array)
