"""One training by several processes of torchrun, in turns with one process alone.

Batches are divided among the processes, whose gradients DistributedDataParallel averages: the steps
are those of one process, so that samples to a target are the same and the time of a step tells all.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

import models
from bench.sources import recipe_fields
from bench.torch_session import set_up
from bench.training_source import setting
from models import learning
from models.feeds import Share
from models.learner import Learner
from results import stats
from results.record import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case

SEED = 0
FEW = 10  # steps: the first ones are slower, and then one is like another


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What the first process has measured. One group of processes has no interval."""

    case: str
    processes: int
    device: str  # "cpu" or "cuda"
    backend: str  # of torch.distributed
    batch_size: int  # of a step, in all processes together
    rounds: int
    alone_s: float  # of a step by one process, median over the rounds
    together_s: float
    ratio: float  # of together over alone, in the rounds; below 1 is faster

    @property
    def efficiency(self) -> float:
        """Share of the processes' work that made the step faster: 1 is all of it."""
        return 1.0 / (self.ratio * self.processes)


def text(found: Scaling) -> str:
    """For people."""
    return (
        f"{found.case}: {found.processes} processes ({found.backend}, {found.device}) train a "
        f"batch of {found.batch_size} in {1e3 * found.together_s:.3g} ms, one alone in "
        f"{1e3 * found.alone_s:.3g} ms: {1 / found.ratio:.3g} times as fast, efficiency "
        f"{found.efficiency:.0%}.\nMedian of {found.rounds} rounds of one group of processes: "
        "without an interval, and no verdict."
    )


def measure(case: Case, rounds: int, block_s: float) -> Scaling | None:
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
        return _measured(case, device, rounds, block_s)
    finally:
        dist.destroy_process_group()


def _measured(case: Case, device: str, rounds: int, block_s: float) -> Scaling | None:
    share = Share(rank=dist.get_rank(), of=dist.get_world_size())
    together = _learner(case, device, share)
    alone = _learner(case, device, Share()) if share.rank == 0 else None
    steps = _agreed(_steps(together, device, block_s), device)
    own_steps = _steps(alone, device, block_s) if alone else 0
    blocks: dict[str, list[Block]] = {"alone": [], "together": []}
    for number in range(rounds):
        if alone:
            blocks["alone"].append(_block(alone, device, own_steps, number, 0))
        dist.barrier()
        blocks["together"].append(_block(together, device, steps, number, 1))
        dist.barrier()
    ratio = stats.ratio(blocks["together"], blocks["alone"])
    if ratio is None:
        return None  # another process has the blocks of the one alone
    return Scaling(
        case=case.id,
        processes=share.of,
        device=device.partition(":")[0],
        backend=dist.get_backend(),
        batch_size=together.batch_size,
        rounds=rounds,
        alone_s=_median_s(blocks["alone"]),
        together_s=_median_s(blocks["together"]),
        ratio=ratio.value,
    )


def _learner(case: Case, device: str, share: Share) -> Learner:
    training = case.scenario.training
    if training is None:
        msg = f"{case.id} does not train"
        raise ValueError(msg)
    recipe = models.Recipe(**recipe_fields(case))
    data = learning.split(recipe.family, recipe.dataset)
    chosen = setting(case, training, device)
    examples = learning.on_device(device, data.train_images, data.train_labels)
    compiled = case.engine == "train_compile"
    return Learner(recipe, chosen, examples, seed=SEED, compiled=compiled, share=share)


def _steps(learner: Learner, device: str, block_s: float) -> int:
    """How many steps fill a block, found out by a few after as many to warm up."""
    _timed_s(learner, device, FEW)
    return max(1, math.ceil(block_s * FEW / _timed_s(learner, device, FEW)))


def _agreed(steps: int, device: str) -> int:
    """What the first process says: one that made fewer would leave the others waiting for ever."""
    said = torch.tensor(steps, device=device)
    dist.broadcast(said, src=0)
    return int(said)


def _timed_s(learner: Learner, device: str, steps: int) -> float:
    started_s = time.perf_counter()
    for _ in range(steps):
        learner.step()
    if device != "cpu":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started_s


def _block(learner: Learner, device: str, steps: int, number: int, position: int) -> Block:
    duration_s = _timed_s(learner, device, steps) / steps
    return Block(
        replicate=0, round=number, position=position, iterations=steps, durations_s=(duration_s,)
    )


def _median_s(blocks: Sequence[Block]) -> float:
    return median(block.durations_s[0] for block in blocks)
