"""Lessons of a trained teacher: its answers to the same images, as a part of the student's loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from models.building import build
from models.techniques import function
from models.training import half_precision
from models.zoo import input_shape

if TYPE_CHECKING:
    from torch import Tensor

    from models.files import Weights
    from models.recipe import Recipe
    from models.training import Lesson


def lesson(recipe: Recipe, teacher: Weights, images: Tensor) -> Lesson | None:
    """The loss of the recipe's student with its teacher, on the training images' device."""
    step, taught_by = recipe.lesson, recipe.teacher
    if step is None or taught_by is None:
        return None
    module = build(taught_by, teacher.path).to(images.device)
    height = input_shape(taught_by.family)[-2]
    dark = float(images.min())
    loss = function(step.name, "loss")

    def told(batch: Tensor, answers: Tensor, label_loss: Tensor) -> Tensor:
        with torch.inference_mode(), half_precision(batch.device):
            taught = module(framed(batch, height, dark)).float()
        total: Tensor = loss(answers, taught, label_loss, **step.options)
        return total

    return told


def framed(images: Tensor, height: int, dark: float) -> Tensor:
    """Images with as many dark pixels at every edge as another family's input has, or as few.

    Both families have their images from one data set, padded evenly on all sides.
    """
    spare = (height - images.shape[-2]) // 2
    return functional.pad(images, [spare] * 4, value=dark)
