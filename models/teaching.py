"""Lessons of a trained teacher: its answers to the same images, as a part of the student's loss.

The teacher is asked once about every view of every image that a student may see, and what it said
is kept for all students (as in Shen and Xing 2022, A Fast Knowledge Distillation Framework), so
that a long training costs no more of its time than a short one.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from models.building import build
from models.data import data_file, fit
from models.errors import ImpossibleError
from models.files import locked, replace
from models.possible import training, why_not
from models.techniques import function
from models.training import EVALUATION_BATCH, best_device, half_precision, seeded, surroundings
from models.views import all_views, seen
from models.zoo import input_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from models.data import Training
    from models.files import Weights
    from models.recipe import Recipe
    from models.training import Lesson
    from models.views import Views

HERE = Path(__file__).parent
CODE = ("teaching.py", "training.py", "views.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """All that a teacher has to say to a student."""

    teacher: Weights
    answers: Tensor  # logits, shape (views, training images, classes), in half precision
    plan: Training  # whose views they are


def ask(
    recipe: Recipe, teacher: Weights, cache_dir: Path, report: Callable[[float], None]
) -> Taught:
    """The answers of the recipe's teacher, from `cache_dir` or asked now and kept there.

    Args:
        recipe: the student's.
        teacher: the weights of the recipe's teacher.
        cache_dir: where answers are kept, a file a view; what was asked before a kill is not
            asked again.
        report: told the share that is done, 0 to 1, while the teacher is asked.

    Raises:
        ImpossibleError: the recipe cannot be made.
    """
    plan, taught_by = training(recipe), recipe.teacher
    if plan is None or taught_by is None:
        raise ImpossibleError(why_not(recipe) or f"{recipe.name} has no teacher")
    data = data_file(recipe.dataset).load()
    images = torch.from_numpy(fit(data.train_images, input_shape(recipe.family)))
    folder = cache_dir / "answers" / _key(teacher, data.sha256, images.shape[1:], plan)
    folder.mkdir(parents=True, exist_ok=True)
    module = build(taught_by, teacher.path).to(best_device())
    every = list(all_views(plan))
    answers = []
    for number, views in enumerate(every):
        path = folder / f"{number}.npy"
        with locked(folder / "lock", lambda: None):  # students of one teacher ask it in turns
            if not path.exists():
                replace(path, _packed(_said(module, seen(images, views, plan), taught_by.family)))
                report((number + 1) / len(every))
        answers.append(torch.from_numpy(np.load(path)))
    return Taught(teacher=teacher, answers=torch.stack(answers), plan=plan)


def lesson(recipe: Recipe, taught: Taught) -> Lesson | None:
    """The loss of the recipe's student with its teacher; None if it has none."""
    step = recipe.lesson
    if step is None:
        return None
    loss = function(step.name, "loss")

    def told(chosen: Tensor, views: Views, answers: Tensor, label_loss: Tensor) -> Tensor:
        said = taught.answers[views.number(taught.plan), chosen.cpu()]
        total: Tensor = loss(answers, said.to(answers.device).float(), label_loss, **step.options)
        return total

    return told


def framed(images: Tensor, height: int, dark: float) -> Tensor:
    """Images with as many dark pixels at every edge as another family's input has, or as few.

    Both families have their images from one data set, padded evenly on all sides.
    """
    spare = (height - images.shape[-2]) // 2
    return functional.pad(images, [spare] * 4, value=dark)


def _said(module: nn.Module, images: Tensor, family: str) -> Tensor:
    """The logits for images that stand in the student's frame, in half precision on the CPU."""
    device, dark = best_device(), float(images.min())
    inputs = framed(images, input_shape(family)[-2], dark)
    with seeded(0), torch.inference_mode(), half_precision(device):
        parts = torch.split(inputs, EVALUATION_BATCH)
        said = [module(part.to(device)).half().cpu() for part in parts]
    return torch.cat(said)


def _key(teacher: Weights, data_sha256: str, shape: Sequence[int], plan: Training) -> str:
    """Of all that decides the answers: whose they are, what was shown, and how it is computed."""
    digest = hashlib.sha256()
    for name in CODE:
        digest.update((HERE / name).read_bytes())
    decides = teacher.sha256, data_sha256, tuple(shape), plan.shift_pixels, surroundings()
    digest.update(repr(decides).encode())
    return digest.hexdigest()[:16]


def _packed(answers: Tensor) -> bytes:
    file = io.BytesIO()
    np.save(file, answers.numpy())
    return file.getvalue()
