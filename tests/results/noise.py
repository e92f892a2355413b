"""A simulated machine: what drift, bursts and heavy tails do to the blocks of two cases.

Times are logarithms of relative speed, one per block in the order in which the blocks ran, so a
disturbance hits neighbours alike, as on a shared machine.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from results.judging import stats
from results.record import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from results.judging.stats import Ratio

TRUTH = 1.05
REPLICATES = 5
ROUNDS = 12
WORKERS = 6  # alive in the group; the two looked at stand three turns apart
TURNS = ROUNDS * WORKERS
DURATIONS = 2  # in a block
ROUND = np.arange(ROUNDS)


def coverage(kind: str, *, between: float, tries: int, seed: int) -> float:
    """Share of tries whose 95 % interval holds the true ratio of a case that is 5 % slower."""
    return _covered(_ratios(np.random.default_rng(seed), kind, between, (tries, TRUTH)))


def coverage_of_two_nights(kind: str, *, between: float, tries: int, seed: int) -> float:
    """The same for the change between two runs, the second of which is 5 % slower."""
    random = np.random.default_rng(seed)
    pairs = zip(
        _ratios(random, kind, between, (tries, 1.0)),
        _ratios(random, kind, between, (tries, TRUTH)),
        strict=True,
    )
    return _covered([stats.between(base, head) for base, head in pairs if base and head])


def _covered(ratios: Sequence[Ratio | None]) -> float:
    held = [r is not None and (r.low or 0) <= TRUTH <= (r.high or 0) for r in ratios]
    return sum(held) / len(held)


def _ratios(
    random: Generator, kind: str, between: float, what: tuple[int, float]
) -> list[Ratio | None]:
    """As many measured ratios as asked for, of a case that is slower by the factor."""
    tries, factor = what
    machine = _machine(random, kind, tries)
    case = _worker(random, kind, machine, offset=0, between=between) * factor
    baseline = _worker(random, kind, machine, offset=WORKERS // 2, between=between)
    return [
        stats.ratio(_blocks(one), _blocks(other))
        for one, other in zip(case.tolist(), baseline.tolist(), strict=True)
    ]


def _machine(random: Generator, kind: str, tries: int) -> NDArray[np.float64]:
    """Log slowdown of the whole machine, shape (tries, REPLICATES, TURNS)."""
    shape = (tries, REPLICATES, TURNS)
    slow = np.zeros(shape)
    if kind in {"drift", "all"}:  # 10 % over a replicate, and a random walk
        slow += random.normal(0.0, 0.1, (*shape[:2], 1)) * np.arange(TURNS) / TURNS
        slow += np.cumsum(random.normal(0.0, 0.002, shape), axis=-1)
    if kind in {"bursts", "all"}:  # a neighbour that takes 30 % for eight turns, now and then
        for place in np.argwhere(random.random(shape) < 0.015):
            attempt, replicate, start = place
            end = start + random.geometric(1 / 8)
            slow[attempt, replicate, start:end] += random.exponential(0.3)
    return slow


def _worker(
    random: Generator, kind: str, machine: NDArray[np.float64], *, offset: int, between: float
) -> NDArray[np.float64]:
    """Durations of one worker, shape (tries, REPLICATES, ROUNDS, DURATIONS)."""
    tries = len(machine)
    turns = ROUND * WORKERS + (ROUND + offset) % WORKERS
    luck = random.normal(0.0, between / math.sqrt(2), (tries, REPLICATES, 1, 1))  # of the process
    shape = (tries, REPLICATES, ROUNDS, DURATIONS)
    noise = random.normal(0.0, 0.01, shape)
    if kind in {"tails", "all"}:  # interrupts: Pareto with infinite variance
        noise += np.log1p((random.random(shape) < 0.08) * random.pareto(1.5, shape) * 0.05)
    durations: NDArray[np.float64] = np.exp(machine[..., turns, None] + luck + noise)
    return durations


def _blocks(durations_s: list[list[list[float]]]) -> list[Block]:
    """Blocks of one worker in one try."""
    return [
        Block(
            replicate=replicate,
            round=turn,
            position=0,
            iterations=DURATIONS,
            durations_s=tuple(block),
        )
        for replicate, rounds in enumerate(durations_s)
        for turn, block in enumerate(rounds)
    ]
