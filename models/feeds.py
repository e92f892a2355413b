"""Where the batches of a training come from: the device's memory, or worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import torch
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.training import Examples


Batch = TypeVar("Batch")


class Feed(Protocol):
    """Gives one batch after another, in every epoch all images in a new order."""

    def next(self) -> Examples:
        """The next batch, on the device: images (batch, channels, height, width) and labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which part of every batch is this process's, where several train together."""

    rank: int = 0
    of: int = 1  # processes; each has as many samples


WHOLE = Share()


class Order:
    """The numbers of the images of each batch; what does not fill the last batch is left out."""

    def __init__(self, images: int, size: int, seed: int, share: Share = WHOLE) -> None:
        self._images = images
        self._size = size
        self._share = share
        self._generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return self._images // self._size

    def __iter__(self) -> Iterator[list[int]]:
        """One epoch, each time in another order: this process's share of each batch."""
        order = torch.randperm(self._images, generator=self._generator)
        own = self._size // self._share.of
        first = own * self._share.rank
        for start in range(first, first + len(self) * self._size, self._size):
            yield order[start : start + own].tolist()


class Resident:
    """All images lie on the device; a batch is gathered there."""

    def __init__(self, examples: Examples, order: Order) -> None:
        self._images, self._labels = examples
        self._batches = _endless(order)

    def next(self) -> Examples:
        """The next batch."""
        chosen = torch.tensor(next(self._batches))
        if (device := self._images.device).type != "cpu":
            # From pageable memory the host would wait until the device has worked off all before.
            chosen = chosen.pin_memory().to(device, non_blocking=True)
        return self._images[chosen], self._labels[chosen]


class Loaded:
    """Worker processes fetch batches from the host's memory, two ahead each, into pinned memory.

    In the same order as `Resident`, from the same numbers.
    """

    def __init__(self, examples: Examples, order: Order, device: str, workers: int) -> None:
        self._device = device
        self._loader = DataLoader(
            TensorDataset(*(tensor.cpu() for tensor in examples)),
            batch_sampler=order,
            num_workers=workers,
            pin_memory=device != "cpu",
            prefetch_factor=2,
            persistent_workers=True,
        )
        self._batches = _endless(self._loader)

    def next(self) -> Examples:
        """The next batch."""
        images, labels = next(self._batches)
        # From pinned memory the copy runs while the device still works on the batch before.
        return (
            images.to(self._device, non_blocking=True),
            labels.to(self._device, non_blocking=True),
        )


def _endless(epochs: Iterable[Batch]) -> Iterator[Batch]:
    while True:
        yield from epochs
