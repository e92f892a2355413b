"""A network in training, step by step: the same code finds out what is learnt and how fast."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from models.errors import ImpossibleError
from models.feeds import WHOLE, Loaded, Order, Resident, Share
from models.loop import MOMENTUM, loop
from models.possible import architecture
from models.techniques import function, has
from models.training import seeded
from models.zoo import assemble, input_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from models.feeds import Feed
    from models.loop import Loop
    from models.recipe import Recipe
    from models.training import Examples

    Loss = Callable[[Tensor, Tensor], Tensor]  # images and labels to the mean loss

AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}
EXAMPLES = 2  # images that a pruned shape is found with: only how they flow is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a scenario says of its trainings."""

    batch_size: int  # of the plain loop's step
    learning_rate: float  # of the plain loop
    epochs: int  # after which a training ends, unless its cycle ends before
    precision: str  # "fp32", "bf16" or "fp16"; the weights and their update are always fp32
    device: str


def untrained(recipe: Recipe, seed: int) -> nn.Module:
    """The recipe's network with random weights, on the CPU."""
    with seeded(seed):
        module = assemble(recipe.family, architecture(recipe))
        images = torch.rand(EXAMPLES, *input_shape(recipe.family))
        for step in recipe.steps:
            if has(step.name, "before_training"):
                change = function(step.name, "before_training")
                module = change(module, images, **step.options)
        torch.manual_seed(seed)  # a shape that was pruned from other weights starts anew as well
        _reset(module)
    return module.train()


def _reset(module: nn.Module) -> None:
    """Random weights anew, the same ones in every memory format.

    Up to torch 2.11 at least, layers draw them in the order of memory, so that a channels-last
    network would begin with others than the plain one.
    """
    strides = {parameter: parameter.stride() for parameter in module.parameters()}
    for parameter in strides:
        parameter.data = parameter.data.contiguous()
    for layer in module.modules():
        if reset := getattr(layer, "reset_parameters", None):
            reset()
    for parameter, stride in strides.items():
        parameter.data = torch.empty_strided(parameter.shape, stride).copy_(parameter.data)


class Learner:
    """Trains one network; after the last step of a training it begins anew from the same weights.

    So that it can be timed for as long as one likes: weights that have learnt all there is
    have gradients of nearly nothing, whose arithmetic may take another time.
    """

    def __init__(  # noqa: PLR0913 - what is trained, how, on what, and by whom
        self,
        recipe: Recipe,
        setting: Setting,
        examples: Examples,
        *,
        seed: int,
        compiled: bool = False,
        share: Share = WHOLE,
    ) -> None:
        """Nothing is trained yet; `examples` lie on the device of the setting.

        Of several processes of one torch.distributed group, each trains on its share of every
        batch, and their gradients are averaged: the steps are those of one process.

        Raises:
            ImpossibleError: the loop does not fit the setting.
        """
        self.loop = loop(recipe)
        self.module = untrained(recipe, seed).to(setting.device)
        self.batch_size = self.loop.times * setting.batch_size
        self._setting = setting
        images = len(examples[0])
        _check(self.loop, setting, images, self.batch_size)
        _check_share(self.loop, self.batch_size, share)
        self.steps_per_epoch = images // self.batch_size
        epochs = self.loop.cycle_epochs or setting.epochs
        self.steps = epochs * self.steps_per_epoch  # of one training
        self._feed = _feed(
            self.loop, setting, examples, Order(images, self.batch_size, seed, share)
        )
        loss = _loss(_averaging(self.module, setting, share), self.loop, setting)
        self._loss: Loss = torch.compile(loss, dynamic=False) if compiled else loss
        self._scaler = torch.GradScaler(setting.device, enabled=setting.precision == "fp16")
        self._first = {name: each.clone() for name, each in self.module.state_dict().items()}
        self._begin()
        self._gradients = _captured(self, examples) if self.loop.cuda_graph else self.gradients

    def _begin(self) -> None:
        """The optimiser and the schedule of a training that has not begun."""
        rate = self.loop.rate_times * self._setting.learning_rate
        self._optimizer = torch.optim.SGD(
            self.module.parameters(),
            lr=rate,
            momentum=MOMENTUM,
            foreach=self.loop.update == "foreach",
            fused=self.loop.update == "fused",
        )
        self._schedule = None
        if self.loop.cycle_epochs is not None:
            # The cycle of the momentum belongs to the method (Smith 2018, section 4.3).
            self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimizer, rate, self.steps)
        self._done = 0
        self.loss = torch.empty(())  # mean of the last step's batch, before it changed the weights

    def fetch(self) -> Examples:
        """The next batch, on the device."""
        return self._feed.next()

    def step(self) -> None:
        """Fetch a batch and train on it."""
        self.train(*self.fetch())

    def train(self, images: Tensor, labels: Tensor) -> None:
        """Forward, loss, backward and update on one batch."""
        if self._done == self.steps:
            self._again()
        self.loss = self._gradients(images, labels)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if self._schedule:
            self._schedule.step()
        self._done += 1

    def gradients(self, images: Tensor, labels: Tensor) -> Tensor:
        """Forward and backward pass of one batch, in equal parts where the loop says so."""
        self._optimizer.zero_grad()
        parts = self.loop.accumulate
        losses = []
        for one, its in zip(images.chunk(parts), labels.chunk(parts), strict=True):
            loss = self._loss(one, its) / parts
            self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        return torch.stack(losses).sum() if parts > 1 else losses[0]

    def _again(self) -> None:
        """Back to the first weights."""
        self.restore()
        self._begin()

    def restore(self) -> None:
        """Give the network its first weights and statistics, in their places."""
        self.module.load_state_dict(self._first)


def _check(loop: Loop, setting: Setting, images: int, batch_size: int) -> None:
    if batch_size > images:
        msg = f"a batch has {batch_size} images, and there are {images} to train on"
        raise ImpossibleError(msg)
    if batch_size % loop.accumulate:
        msg = f"accumulate: a batch of {batch_size} has no {loop.accumulate} equal parts"
        raise ImpossibleError(msg)
    if (loop.cycle_epochs or 0) > setting.epochs:
        msg = (
            f"one_cycle: a cycle of {loop.cycle_epochs} epochs does not end within the "
            f"{setting.epochs} that the scenario gives"
        )
        raise ImpossibleError(msg)


def _check_share(loop: Loop, batch_size: int, share: Share) -> None:
    if share.of == 1:
        return
    if batch_size % (share.of * loop.accumulate):
        parts = share.of * loop.accumulate
        msg = f"a batch of {batch_size} has no {parts} equal parts for {share.of} processes"
        raise ImpossibleError(msg)
    if loop.checkpointing or loop.cuda_graph:
        msg = "neither activation_checkpointing nor cuda_graph is trained by several processes"
        raise ImpossibleError(msg)


def _averaging(module: nn.Module, setting: Setting, share: Share) -> nn.Module:
    """The module, its gradients averaged over the processes while they are computed."""
    if share.of == 1:
        return module
    from torch.nn.parallel import DistributedDataParallel

    device = None if setting.device == "cpu" else [torch.device(setting.device)]
    return DistributedDataParallel(module, device_ids=device)


def _feed(loop: Loop, setting: Setting, examples: Examples, order: Order) -> Feed:
    if loop.workers is None:
        return Resident(examples, order)
    return Loaded(examples, order, setting.device, loop.workers)


def _loss(module: nn.Module, loop: Loop, setting: Setting) -> Loss:
    """Forward pass and cross-entropy, in the setting's precision."""
    forward = _recomputing(module) if loop.checkpointing else module
    kind = setting.device.partition(":")[0]
    dtype = AUTOCAST.get(setting.precision)

    def loss(images: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(kind, dtype) if dtype else nullcontext():
            logits = forward(images)
        return functional.cross_entropy(logits.float(), labels)

    return loss


def _recomputing(module: nn.Module) -> Callable[[Tensor], Any]:
    """A forward pass that keeps the activations between segments only.

    About as many segments as layers in each, which keeps least (Chen et al. 2016).
    """
    if not isinstance(module, nn.Sequential):
        return lambda x: checkpoint(module, x, use_reentrant=False)
    segments = max(2, round(len(module) ** 0.5))
    return lambda x: checkpoint_sequential(module, segments, x, use_reentrant=False)  # type: ignore[no-untyped-call]


def _captured(learner: Learner, examples: Examples) -> Loss:
    """The learner's gradients as a CUDA graph, which is launched at once.

    Nothing of it is trained on: the feed still has its first batch, and what the passes before the
    capture left in batch norm's statistics is undone.
    """
    images, labels = (each[: learner.batch_size].clone() for each in examples)
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):  # what is set up by a first pass must not be captured
        for _ in range(3):
            learner.gradients(images, labels)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # thread_local: other threads may allocate meanwhile, such as one that pins a loader's batches.
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        loss = learner.gradients(images, labels)
    learner.restore()

    def replay(new_images: Tensor, new_labels: Tensor) -> Tensor:
        images.copy_(new_images)
        labels.copy_(new_labels)
        graph.replay()
        return loss

    return replay
