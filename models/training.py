"""Training and testing a module: seeded, with all images in the memory of one device."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor, nn

    from models.data import Training

    Examples = tuple[Tensor, Tensor]  # images and their labels, on one device
    # From a batch of images, the logits for it and the labels' loss to the loss to train with.
    Lesson = Callable[[Tensor, Tensor, Tensor], Tensor]

EVALUATION_BATCH = 500  # large enough to be fast, small enough for 100 MB of feature maps


def best_device() -> torch.device:
    """Where to train: the first GPU that torch sees, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Deterministic torch inside; its settings and random state are put back afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    if torch.cuda.is_available():
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is not, without it
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)


def train(
    module: nn.Module,
    examples: Examples,
    training: Training,
    report: Callable[[float], None],
    lesson: Lesson | None = None,
) -> None:
    """Train in place, on the examples' device; `report` gets the share done after every step."""
    images, labels = examples
    _to(module, torch.channels_last).to(images.device).train()  # a quarter faster than contiguous
    steps = training.epochs * math.ceil(len(images) / training.batch_size)
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, training.learning_rate, steps)
    for step, chosen in enumerate(_batches(images, training), start=1):
        batch = augmented(images[chosen], training).contiguous(memory_format=torch.channels_last)
        with half_precision(images.device):  # halves the time of a ResNet
            logits = module(batch).float()
        loss = functional.cross_entropy(
            logits, labels[chosen], label_smoothing=training.label_smoothing
        )
        if lesson:
            loss = lesson(batch, logits, loss)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        report(step / steps)
    _to(module, torch.contiguous_format).eval()


def half_precision(device: torch.device) -> torch.autocast:
    """Multiplies in bf16 inside, where the device does so by itself."""
    return torch.autocast(device.type, torch.bfloat16, enabled=native_bfloat16(device))


def native_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself; emulated, it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def accuracy(module: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Top-1 accuracy, 0 to 1, on the images' device."""
    module.to(images.device).eval()
    with torch.inference_mode():
        batches = torch.split(images, EVALUATION_BATCH)
        answers = torch.cat([module(batch).argmax(1) for batch in batches])
    return float((answers == labels).double().mean())


def augmented(images: Tensor, training: Training) -> Tensor:
    """The images shifted, and mirrored if that is allowed, each at random; dark at the edges.

    What is random comes from the CPU's generator, so that every device sees the same images.
    """
    count, _, height, width = images.shape
    most = training.shift_pixels
    padded = functional.pad(images, [most] * 4, value=float(images.min()))
    top, left = torch.randint(0, 2 * most + 1, (2, count, 1))
    rows = top + torch.arange(height)
    columns = left + torch.arange(width)
    if training.mirror:
        columns = torch.where(torch.rand(count, 1).round().bool(), columns.flip(1), columns)
    rows, columns = rows.to(images.device), columns.to(images.device)
    batch = torch.arange(count, device=images.device)[:, None, None]
    return padded[batch, 0, rows[:, :, None], columns[:, None, :]][:, None]


def _batches(images: Tensor, training: Training) -> Iterator[Tensor]:
    for _ in range(training.epochs):
        shuffled = torch.randperm(len(images)).to(images.device)
        yield from torch.split(shuffled, training.batch_size)


def _to(module: nn.Module, memory_format: torch.memory_format) -> nn.Module:
    return module.to(memory_format=memory_format)  # type: ignore[call-overload, no-any-return]
