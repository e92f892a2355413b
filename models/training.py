"""Training and testing a module: seeded, on the CPU, with all images in memory."""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor, nn

    from models.data import Training

EVALUATION_BATCH = 500  # large enough to be fast, small enough for 100 MB of feature maps


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Deterministic torch inside; its settings and random state are put back afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def train(
    module: nn.Module,
    images: Tensor,
    labels: Tensor,
    training: Training,
    report: Callable[[float], None],
) -> None:
    """Train in place; `report` gets the share that is done, from 0 to 1, after every step."""
    _to(module, torch.channels_last).train()  # a quarter faster than channels first
    steps = training.epochs * math.ceil(len(images) / training.batch_size)
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.learning_rate, steps)
    half = native_bfloat16()
    for step, chosen in enumerate(_batches(len(images), training), start=1):
        batch = augmented(images[chosen], training).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):  # halves the time of a ResNet
            logits = module(batch)
        loss = functional.cross_entropy(
            logits.float(), labels[chosen], label_smoothing=training.label_smoothing
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        report(step / steps)
    _to(module, torch.contiguous_format).eval()


def native_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 itself; emulated, it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def accuracy(module: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Top-1 accuracy, 0 to 1."""
    module.eval()
    with torch.inference_mode():
        batches = torch.split(images, EVALUATION_BATCH)
        answers = torch.cat([module(batch).argmax(1) for batch in batches])
    return float((answers == labels).double().mean())


def augmented(images: Tensor, training: Training) -> Tensor:
    """The images shifted, and mirrored if that is allowed, each at random; dark at the edges."""
    count, _, height, width = images.shape
    most = training.shift_pixels
    padded = functional.pad(images, [most] * 4, value=float(images.min()))
    top, left = torch.randint(0, 2 * most + 1, (2, count, 1))
    rows = top + torch.arange(height)
    columns = left + torch.arange(width)
    if training.mirror:
        columns = torch.where(torch.rand(count, 1).round().bool(), columns.flip(1), columns)
    batch = torch.arange(count)[:, None, None]
    return padded[batch, 0, rows[:, :, None], columns[:, None, :]][:, None]


def _batches(count: int, training: Training) -> Iterator[Tensor]:
    for _ in range(training.epochs):
        yield from torch.split(torch.randperm(count), training.batch_size)


def _to(module: nn.Module, memory_format: torch.memory_format) -> nn.Module:
    return module.to(memory_format=memory_format)  # type: ignore[call-overload, no-any-return]
