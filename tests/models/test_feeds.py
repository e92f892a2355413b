from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from models.feeds import Loaded, Order, Resident

if TYPE_CHECKING:
    import pytest

IMAGES = torch.arange(10.0)[:, None, None, None]
LABELS = torch.arange(10)


def test_every_epoch_has_each_image_once_but_for_what_fills_no_batch() -> None:
    order = Order(10, 3, seed=0)
    epochs = [[number for batch in order for number in batch] for _ in range(2)]
    assert len(order) == 3
    assert [len(set(epoch)) for epoch in epochs] == [9, 9]
    assert epochs[0] != epochs[1]


def test_the_order_is_that_of_the_seed() -> None:
    one, again, other = (list(Order(100, 10, seed)) for seed in (0, 0, 1))
    assert one == again
    assert one != other


def test_a_batch_has_the_labels_of_its_images() -> None:
    feed = Resident((IMAGES, LABELS), Order(10, 3, seed=0))
    for _ in range(5):
        images, labels = feed.next()
        assert torch.equal(images.flatten(), labels.float())


def test_worker_processes_give_the_same_batches() -> None:
    resident = Resident((IMAGES, LABELS), Order(10, 3, seed=0))
    loaded = Loaded((IMAGES, LABELS), Order(10, 3, seed=0), "cpu", workers=1)
    for _ in range(4):  # into the second epoch
        for one, other in zip(resident.next(), loaded.next(), strict=True):
            assert torch.equal(one, other)


def test_to_a_gpu_the_numbers_of_a_batch_go_without_waiting_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class OnGpu:
        device = torch.device("cuda:0")

        def __getitem__(self, chosen: torch.Tensor) -> torch.Tensor:
            return LABELS[chosen]

    done: list[object] = []

    def pinned(numbers: torch.Tensor) -> torch.Tensor:
        done.append("pinned")
        return numbers

    def moved(numbers: torch.Tensor, device: object, *, non_blocking: bool) -> torch.Tensor:
        done.append((device, non_blocking))
        return numbers

    monkeypatch.setattr(torch.Tensor, "pin_memory", pinned)
    monkeypatch.setattr(torch.Tensor, "to", moved)
    on_gpu: Any = OnGpu()
    images, labels = Resident((on_gpu, LABELS), Order(10, 3, seed=0)).next()
    assert torch.equal(images, labels)
    assert done == ["pinned", (OnGpu.device, True)]
