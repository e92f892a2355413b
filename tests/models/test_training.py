"""Training learns, is deterministic, and leaves torch as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from models.training import Course, accuracy, best_device, native_bfloat16, seeded, train
from tests.models.made import STILL

if TYPE_CHECKING:
    import pytest


def bars() -> tuple[torch.Tensor, torch.Tensor]:
    """Forty images with a bright row, whose index is the label."""
    labels = torch.arange(40) % 4
    images = torch.zeros(40, 1, 4, 4)
    images[torch.arange(40), 0, labels] = 1.0
    return images, labels


def trained(seed: int) -> tuple[nn.Module, list[float]]:
    images, labels = bars()
    reported: list[float] = []
    with seeded(seed):
        module = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4))
        train(module, (images, labels), Course(training=STILL, report=reported.append))
    return module, reported


def test_training_learns_and_reports_every_step() -> None:
    module, reported = trained(0)
    assert accuracy(module, *bars()) == 1.0
    assert not module.training
    assert len(reported) == 20 * 3
    assert reported == sorted(reported)
    assert reported[-1] == 1.0


def test_training_is_the_plain_loop() -> None:
    """Shipped weights are claimed to be made by it: nothing may change a bit of them."""
    images, labels = bars()
    training = replace(STILL, epochs=1, shift_pixels=1, mirror=True, label_smoothing=0.1)
    with seeded(0):
        ours = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4))
        train(ours, (images, labels), Course(training=training, report=lambda _: None))
    with seeded(0):
        plain = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 4))
        plain.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.AdamW(plain.parameters(), lr=1e-2, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, 3)
        for chosen in torch.split(torch.randperm(40), 16):
            padded = nn.functional.pad(images[chosen], [1] * 4)
            top, left = torch.randint(0, 3, (2, len(chosen), 1))
            rows, columns = top + torch.arange(4), left + torch.arange(4)
            mirrored = torch.rand(len(chosen), 1).round().bool()
            columns = torch.where(mirrored, columns.flip(1), columns)
            batch = torch.stack(
                [one[:, r][:, :, c] for one, r, c in zip(padded, rows, columns, strict=True)]
            ).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16(images.device)):
                logits = plain(batch)
            loss = nn.functional.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    wanted = plain.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in ours.state_dict().items())


def test_training_happens_where_a_gpu_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert best_device() == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device() == torch.device("cpu")


def test_the_same_seed_gives_the_same_weights() -> None:
    first, again, other = (trained(seed)[0].state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_seeded_puts_back_the_random_state_and_the_settings() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    with seeded(0):
        assert torch.are_deterministic_algorithms_enabled()
        torch.rand(7)
    assert torch.equal(torch.rand(3), wanted)
    assert not torch.are_deterministic_algorithms_enabled()


def test_accuracy_covers_a_last_batch_that_is_not_full() -> None:
    images = torch.eye(2)[torch.arange(1201) % 2]
    labels = torch.zeros(1201, dtype=torch.int64)
    assert accuracy(nn.Identity(), images, labels) == 601 / 1201
