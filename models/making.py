"""Making weights: the network trained from random weights, or changed and fine-tuned."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.utils import prune

from models.building import build
from models.data import data_file, fit
from models.possible import architecture
from models.techniques import WeightTechnique, technique_file
from models.training import accuracy, native_bfloat16, seeded, train
from models.zoo import assemble, input_shape, paced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from models.data import Dataset
    from models.files import Weights
    from models.recipe import Recipe

SEED = 0  # any fixed number will do; it is part of how the weights were made


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """New weights, not stored yet."""

    content: bytes  # of a safetensors file
    how: Mapping[str, str | int | float]


def make(recipe: Recipe, parent: Weights | None, report: Callable[[float], None]) -> Made:
    """Train the recipe, or fine-tune it from its parent's weights; seeded."""
    start_s = time.perf_counter()
    file = data_file(recipe.dataset)
    data = file.load()
    training = paced(recipe.family, file.FINE_TUNING if parent else file.TRAINING)
    shape = input_shape(recipe.family)
    images = _tensor(fit(data.train_images, shape))
    with seeded(SEED):
        module = _start(recipe, parent, images[:1])
        with zeros_held(module):
            train(module, images, torch.from_numpy(data.train_labels), training, report)
    right = accuracy(
        module, _tensor(fit(data.test_images, shape)), torch.from_numpy(data.test_labels)
    )
    how: dict[str, str | int | float] = {
        "accuracy": right,
        "command": f"python -m models train {recipe.dataset} {recipe.family} "
        + " ".join(recipe.techniques),
        "started_from": f"{parent.path.stem}, sha256 {parent.sha256}" if parent else "random",
        "duration_s": round(time.perf_counter() - start_s, 1),
    }
    tensors = {name: value.contiguous() for name, value in module.state_dict().items()}
    return Made(content=save(tensors), how=how | asdict(training) | _environment(data))


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


def _start(recipe: Recipe, parent: Weights | None, example: Tensor) -> nn.Module:
    if parent is None or recipe.parent is None:
        return assemble(recipe.family, architecture(recipe))
    module = build(recipe.parent, parent.path)
    step = next(step for step in reversed(recipe.steps) if step.name != "dense")
    cast("WeightTechnique", technique_file(step.name)).apply(module, example, **step.options)
    return module


def _environment(data: Dataset) -> dict[str, str | int]:
    return {
        "seed": SEED,
        "data_sha256": data.sha256,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": "bf16 autocast" if native_bfloat16() else "fp32",
    }


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array)
