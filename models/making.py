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
from models.errors import ImpossibleError, ModelError
from models.possible import architecture, training, why_not
from models.teaching import lesson
from models.techniques import function, has, kind
from models.training import Course, accuracy, best_device, seeded, surroundings, train
from models.zoo import assemble, fitted, input_shape, is_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from models.checkpoint import Checkpoint
    from models.data import Dataset, Training
    from models.files import Weights
    from models.recipe import Recipe
    from models.teaching import Taught
    from models.training import Examples

    Report = Callable[[float], None]  # the share that is done

BATCH = 256  # training images that a technique may look at: enough for a gradient's mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """New weights, not stored yet."""

    content: bytes  # of a safetensors or an ONNX file
    how: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What there is to start from."""

    parent: Weights | None
    taught: Taught | None
    checkpoint: Checkpoint | None


def make(
    recipe: Recipe,
    parent: Weights | None,
    report: Report,
    *,
    taught: Taught | None = None,
    checkpoint: Checkpoint | None = None,
) -> Made:
    """Train the recipe, or fine-tune it from its parent's weights; seeded."""
    if reason := why_not(recipe):
        raise ImpossibleError(reason)
    start_s = time.perf_counter()
    data = data_file(recipe.dataset).load()
    if is_module(recipe.family):
        given = _Given(parent=parent, taught=taught, checkpoint=checkpoint)
        made = _network(recipe, given, data, report)
    else:
        made = _fitted(recipe, data, report)
    spent_s = checkpoint.spent_s if checkpoint else time.perf_counter() - start_s
    how: dict[str, str | int | float] = {
        "command": _command(recipe),
        "started_from": _named(parent) if parent else "random",
        **({"teacher": _named(taught.teacher)} if taught else {}),
        "duration_s": round(spent_s, 1),
        "seed": recipe.seed,
        "data_sha256": data.sha256,
    }
    return Made(content=made.content, how=how | dict(made.how))


def _network(recipe: Recipe, given: _Given, data: Dataset, report: Report) -> Made:
    """A torch module's weights; without labels they stay random, apart from what is pruned."""
    plan = training(recipe)
    shape = input_shape(recipe.family)
    device = best_device()
    images = _tensor(fit(data.train_images, shape)).to(device)
    examples = images, _labels(data).to(device)
    with seeded(recipe.seed):
        told = lesson(recipe, given.taught) if given.taught else None
        networks = _networks(recipe, given.parent, examples)
        for module, course in zip(networks, _courses(recipe, plan, report), strict=True):
            if course:
                with zeros_held(module):
                    train(module, examples, course, told, given.checkpoint)
    module.cpu()
    how = surroundings() | (asdict(plan) if plan else {})
    if data.has_labels:
        tested = _tensor(fit(data.test_images, shape)), torch.from_numpy(data.test_labels)
        how["accuracy"] = accuracy(module, *tested)
    tensors = {name: value.contiguous() for name, value in module.state_dict().items()}
    return Made(content=save(tensors), how=how)


def _fitted(recipe: Recipe, data: Dataset, report: Report) -> Made:
    """The file of a family that is no torch module, and how often ONNX Runtime is right with it."""
    import onnxruntime

    steps = [step for step in recipe.steps if has(step.name, "found")]
    found = function(steps[-1].name, "found")(**steps[-1].options) if steps else None
    content = fitted(recipe.family, data, recipe.seed, report, found)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    images = fit(data.test_images, input_shape(recipe.family))
    (scores,) = session.run(None, {session.get_inputs()[0].name: images})
    right = float((scores.argmax(1) == data.test_labels).mean())
    return Made(content=content, how={"accuracy": right, "onnxruntime": onnxruntime.__version__})


def _labels(data: Dataset) -> Tensor:
    """Of the training images; where they have none, one class, for techniques that ask for it."""
    if not data.has_labels:
        return torch.zeros(len(data.train_images), dtype=torch.int64)
    return torch.from_numpy(data.train_labels)


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


def _courses(recipe: Recipe, plan: Training | None, report: Report) -> Sequence[Course | None]:
    """The epochs shared among as many trainings as the last step asks for; the last has the rest.

    Each is a cycle of the learning rate of its own, and reports its part of the whole.
    """
    steps = int(recipe.change.options.get("steps", 1))
    if plan is None:  # there is nothing to learn from
        return [None] * steps
    each = plan.epochs // steps
    if each == 0:
        msg = (
            f"{recipe.name}: steps is {steps}, but fine-tuning on {recipe.dataset} has "
            f"{plan.epochs} epochs to share; ask for {plan.epochs} steps or fewer"
        )
        raise ModelError(msg)
    courses = []
    for begin in range(0, each * steps, each):
        last = begin == each * (steps - 1)
        epochs = plan.epochs - begin if last else each
        tell = partial(_part_done, report, begin / plan.epochs, epochs / plan.epochs)
        courses.append(Course(training=replace(plan, epochs=epochs), report=tell))
    return courses


def _part_done(report: Report, before: float, part: float, share: float) -> None:
    report(before + part * share)


def _named(weights: Weights) -> str:
    return f"{weights.path.stem}, sha256 {weights.sha256}"


def _command(recipe: Recipe) -> str:
    verb = "seeds" if recipe.seed else "train"
    named = " ".join([recipe.dataset, recipe.family, *recipe.techniques])
    return f"python -m models {verb} {named}"


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array)
