"""Latency and throughput of a case, from the durations of its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from results.judging import stats
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.record import Block

PERCENTILES = {0.5: "latency_p50_s", 0.9: "latency_p90_s", 0.99: "latency_p99_s"}
MEAN = Metric(name="latency_mean_s", unit="s", better="lower")
THROUGHPUT = Metric(name="throughput_per_s", unit="1/s", better="higher")
SPREAD = Metric(name="replicate_spread", unit="", better="lower")


def quantities(blocks: Sequence[Block], batch_size: int) -> Iterator[Quantity]:
    """Yield percentiles (each only with enough durations), mean, throughput and spread.

    Durations of iterations that were timed together are means, and have no percentiles.
    """
    durations_s = [duration for block in blocks for duration in block.durations_s]
    if all(block.iterations == len(block.durations_s) for block in blocks):
        for p, name in PERCENTILES.items():
            yield from _percentile(durations_s, p, Metric(name=name, unit="s", better="lower"))
    iterations = sum(block.iterations for block in blocks)
    mean = mean_s(blocks)
    yield Quantity(metric=MEAN, value=mean, n=iterations)
    # Of a closed loop: one batch is sent when the one before has come back.
    yield Quantity(metric=THROUGHPUT, value=batch_size / mean, n=iterations)
    if (spread := stats.spread(blocks)) is not None:
        replicates = len({block.replicate for block in blocks})
        yield Quantity(metric=SPREAD, value=spread, n=replicates)


def mean_s(blocks: Sequence[Block]) -> float:
    """Seconds of an iteration, the mean of all of them."""
    total_s = sum(float(np.mean(block.durations_s)) * block.iterations for block in blocks)
    return total_s / sum(block.iterations for block in blocks)


def _percentile(durations_s: Sequence[float], p: float, metric: Metric) -> Iterator[Quantity]:
    value = stats.percentile(durations_s, p)
    interval = stats.percentile_interval(durations_s, p)
    if value is not None and interval is not None:
        low, high = interval
        yield Quantity(metric=metric, value=value, low=low, high=high, n=len(durations_s))
