"""Training and testing a module: seeded, with all images in the memory of one device."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from torch.optim import lr_scheduler

from models.views import drawn, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from models.checkpoint import Checkpoint
    from models.data import Training
    from models.views import Views

    Examples = tuple[Tensor, Tensor]  # images and their labels, on one device
    # From which images a batch has, in which views, the logits for it and the labels' loss to the
    # loss to train with.
    Lesson = Callable[[Tensor, Views, Tensor, Tensor], Tensor]

EVALUATION_BATCH = 500  # large enough to be fast, small enough for 100 MB of feature maps


def best_device() -> torch.device:
    """Where to train: the first GPU that torch sees, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One training of a network."""

    training: Training
    report: Callable[[float], None]  # gets the share that is done after every step, 0 to 1


class Batches:
    """Which images each step is trained on: in every epoch all of them, in a new random order."""

    def __init__(self, images: Tensor, training: Training) -> None:
        self._images = images
        self._size = training.batch_size
        self._steps_per_epoch = math.ceil(len(images) / training.batch_size)
        self._order = torch.empty(0, dtype=torch.int64)
        self.steps = training.epochs * self._steps_per_epoch
        self.step = 0  # how many were handed out

    def __iter__(self) -> Iterator[Tensor]:
        while self.step < self.steps:
            start = self.step % self._steps_per_epoch * self._size
            if start == 0:
                self._order = torch.randperm(len(self._images)).to(self._images.device)
            self.step += 1
            yield self._order[start : start + self._size]

    def state_dict(self) -> dict[str, Any]:
        """With the random state, which decides the batches to come and how they are augmented."""
        return {"step": self.step, "order": self._order, "random": torch.get_rng_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.step = state["step"]
        self._order = state["order"].to(self._images.device)
        torch.set_rng_state(state["random"])


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
    course: Course,
    lesson: Lesson | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train in place, on the examples' device, going on from a checkpoint of the same training."""
    images, labels = examples
    training = course.training
    _to(module, torch.channels_last).to(images.device).train()  # a quarter faster than contiguous
    batches = Batches(images, training)
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    schedule = SCHEDULES[training.schedule](optimizer, training.learning_rate, batches.steps)
    if checkpoint:
        checkpoint.begin(module=module, optimizer=optimizer, schedule=schedule, batches=batches)
    for chosen in batches:
        views = drawn(len(chosen), training)
        batch = seen(images[chosen], views, training)
        batch = batch.contiguous(memory_format=torch.channels_last)
        with half_precision(images.device):  # halves the time of a ResNet
            logits = module(batch).float()
        loss = functional.cross_entropy(
            logits, labels[chosen], label_smoothing=training.label_smoothing
        )
        if lesson:
            loss = lesson(chosen, views, logits, loss)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        course.report(batches.step / batches.steps)
        if checkpoint:
            checkpoint.step()
    if checkpoint:
        checkpoint.keep()
    _to(module, torch.contiguous_format).eval()


def _one_cycle(optimizer: Optimizer, most: float, steps: int) -> LRScheduler:
    """Up for three tenths of the steps, then down to almost nothing (Smith and Topin 2018)."""
    return lr_scheduler.OneCycleLR(optimizer, most, steps)


def _cosine(optimizer: Optimizer, _most: float, steps: int) -> LRScheduler:
    """Down from the first step on, to nothing (Loshchilov and Hutter 2017)."""
    return lr_scheduler.CosineAnnealingLR(optimizer, steps)


def _constant(optimizer: Optimizer, _most: float, _steps: int) -> LRScheduler:
    """The same all the time."""
    return lr_scheduler.ConstantLR(optimizer, factor=1.0)


# How the learning rate changes over the steps, by the names that a Training uses.
SCHEDULES = {"one_cycle": _one_cycle, "cosine": _cosine, "constant": _constant}


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


def surroundings() -> dict[str, str | int | float]:
    """What the last bits of weights depend on beside the recipe."""
    device = best_device()
    return {
        "torch": torch.__version__,
        "device": device.type,
        "threads": torch.get_num_threads(),
        "precision": "bf16 autocast" if native_bfloat16(device) else "fp32",
    }


def accuracy(module: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Top-1 accuracy, 0 to 1, on the images' device."""
    module.to(images.device).eval()
    with torch.inference_mode():
        batches = torch.split(images, EVALUATION_BATCH)
        answers = torch.cat([module(batch).argmax(1) for batch in batches])
    return float((answers == labels).double().mean())


def _to(module: nn.Module, memory_format: torch.memory_format) -> nn.Module:
    return module.to(memory_format=memory_format)  # type: ignore[call-overload, no-any-return]
