"""What a training makes of an image before each look at it: shifted, and mirrored if allowed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from models.data import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """One for each image of a batch; all tensors have the shape (batch, 1) and lie on the CPU."""

    top: Tensor  # first row that is seen, of the image with its margin: 0 to twice shift_pixels
    left: Tensor  # first column likewise
    mirrored: Tensor  # bool

    def number(self, training: Training) -> Tensor:
        """Which of `all_views` each is, shape (batch,)."""
        side = 2 * training.shift_pixels + 1
        return (((self.mirrored * side) + self.top) * side + self.left).flatten()


def drawn(count: int, training: Training) -> Views:
    """Views at random, by the CPU's generator, so that every device sees the same images."""
    top, left = torch.randint(0, 2 * training.shift_pixels + 1, (2, count, 1))
    mirrored = torch.zeros(count, 1, dtype=torch.bool)
    if training.mirror:
        mirrored = torch.rand(count, 1).round().bool()
    return Views(top=top, left=left, mirrored=mirrored)


def all_views(training: Training) -> Iterator[Views]:
    """Every view that can be drawn, by number; of the shape (1, 1), for batches of any size."""
    shifts = range(2 * training.shift_pixels + 1)
    for mirrored, top, left in product((False, True)[: 1 + training.mirror], shifts, shifts):
        yield Views(
            top=torch.tensor([[top]]),
            left=torch.tensor([[left]]),
            mirrored=torch.tensor([[mirrored]]),
        )


def seen(images: Tensor, views: Views, training: Training) -> Tensor:
    """The images so, on their device; dark at the edges that they were shifted from.

    Args:
        images: shape (batch, 1, height, width); so is the result.
        views: as many, or one for all.
        training: what they were drawn for.
    """
    count, _, height, width = images.shape
    padded = functional.pad(images, [training.shift_pixels] * 4, value=float(images.min()))
    rows = views.top + torch.arange(height)
    columns = views.left + torch.arange(width)
    columns = torch.where(views.mirrored, columns.flip(1), columns)
    rows, columns = rows.to(images.device), columns.to(images.device)
    batch = torch.arange(count, device=images.device)[:, None, None]
    return padded[batch, 0, rows[:, :, None], columns[:, None, :]][:, None]
