"""One training by several processes of torchrun, in turns with one process alone.

Batches are divided among the processes, whose gradients DistributedDataParallel averages: the steps
are those of one process, so that samples to a target are the same and the time of a step tells all.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

import models
from bench import registry
from bench.preparation.sources import recipe_fields
from bench.runtimes.torch_session import set_up
from bench.training.scaling import Part
from bench.training.source import setting
from models import learning
from models.feeds import Share
from models.learner import Learner
from results.record import Block

if TYPE_CHECKING:
    from bench.case import Case

SEED = 0
FEW = 10  # steps: the first ones are slower, and then one is like another
BLOCK_S = 0.2  # a collective of gloo takes a millisecond: dozens of steps in a block


def measure(case: Case, replicate: int, rounds: int) -> Part | None:
    """Time blocks of steps by the first process alone and by all, in turns; None elsewhere.

    Raises:
        ImpossibleError: the case's loop cannot be divided among the processes.
        Unavailable: there is no such device.
    """
    rank, device = int(os.environ["LOCAL_RANK"]), case.device
    if device != "cpu":
        device = f"cuda:{rank}"
    set_up(replace(case.target, device=device))
    dist.init_process_group("gloo" if device == "cpu" else "nccl")
    try:
        return _measured(case, device, replicate, rounds)
    finally:
        dist.destroy_process_group()


def _measured(case: Case, device: str, replicate: int, rounds: int) -> Part | None:
    share = Share(rank=dist.get_rank(), of=dist.get_world_size())
    together = _learner(case, device, share)
    alone = _learner(case, device, Share()) if share.rank == 0 else None
    steps = _agreed(_steps(together, device), device)
    own_steps = _steps(alone, device) if alone else 0
    of_together: list[Block] = []
    of_alone: list[Block] = []
    for number in range(rounds):
        for position, is_together in enumerate(_order(number)):
            dist.barrier()  # while one works, all others wait
            place = replicate, number, position
            if is_together:
                of_together.append(_block(together, device, steps, place))
            elif alone:
                of_alone.append(_block(alone, device, own_steps, place))
    if alone is None:
        return None
    return Part(
        backend=dist.get_backend(),
        batch_size=together.batch_size,
        alone=tuple(of_alone),
        together=tuple(of_together),
    )


def _order(number: int) -> tuple[bool, bool]:
    """Whether together, in a round: who begins changes, as the later may find it busier."""
    return (False, True) if number % 2 == 0 else (True, False)


def _learner(case: Case, device: str, share: Share) -> Learner:
    training = case.scenario.training
    if training is None:
        msg = f"{case.id} does not train"
        raise ValueError(msg)
    recipe = models.Recipe(**recipe_fields(case))
    data = learning.split(recipe.family, recipe.dataset)
    chosen = setting(case, training, device)
    examples = learning.on_device(device, data.train_images, data.train_labels)
    compiled = getattr(registry.engine(case.engine), "COMPILES", False)
    return Learner(recipe, chosen, examples, seed=SEED, compiled=compiled, share=share)


def _steps(learner: Learner, device: str) -> int:
    """How many steps fill a block, found out by a few after as many to warm up."""
    _durations_s(learner, device, FEW)
    return max(1, math.ceil(BLOCK_S / fmean(_durations_s(learner, device, FEW))))


def _agreed(steps: int, device: str) -> int:
    """What the first process says: one that made fewer would leave the others waiting for ever."""
    said = torch.tensor(steps, device=device)
    dist.broadcast(said, src=0)
    return int(said)


def _block(learner: Learner, device: str, steps: int, place: tuple[int, int, int]) -> Block:
    replicate, number, position = place
    return Block(
        replicate=replicate,
        round=number,
        position=position,
        iterations=steps,
        durations_s=_durations_s(learner, device, steps),
    )


def _durations_s(learner: Learner, device: str, steps: int) -> tuple[float, ...]:
    """Of each step; on a GPU their mean, as it is only waited for after the last."""
    marks_s = [time.perf_counter()]
    for _ in range(steps):
        learner.step()
        marks_s.append(time.perf_counter())
    if device == "cpu":
        return tuple(after - before for before, after in pairwise(marks_s))
    torch.cuda.synchronize(device)
    return ((time.perf_counter() - marks_s[0]) / steps,)
