from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.measuring import latency
from results.judging.stats import least_samples
from results.record import Block, Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence


def block(
    durations_s: Sequence[float], replicate: int = 0, turn: int = 0, iterations: int | None = None
) -> Block:
    return Block(
        replicate=replicate,
        round=turn,
        position=0,
        iterations=iterations or len(durations_s),
        durations_s=tuple(durations_s),
    )


def found(blocks: Sequence[Block], batch_size: int = 1) -> dict[str, Quantity]:
    quantities = list(latency.quantities(blocks, batch_size))
    assert len({q.metric.name for q in quantities}) == len(quantities)
    return {q.metric.name: q for q in quantities}


@pytest.mark.parametrize(
    ("p", "name"), [(0.5, "latency_p50_s"), (0.9, "latency_p90_s"), (0.99, "latency_p99_s")]
)
def test_a_percentile_is_withheld_until_there_are_enough_durations(p: float, name: str) -> None:
    enough = least_samples(p)
    assert name not in found([block([0.001] * (enough - 1))])
    assert found([block([0.001] * enough)])[name].value == 0.001


def test_least_counts_are_those_of_the_design() -> None:
    assert [least_samples(p) for p in latency.PERCENTILES] == [11, 64, 662]


def test_durations_of_all_blocks_and_replicates_count() -> None:
    blocks = [block([float(i) for i in range(1, 11)], replicate) for replicate in range(70)]
    by_name = found(blocks)
    assert by_name["latency_p50_s"].value == 5.0
    assert by_name["latency_p90_s"].value == 9.0
    assert by_name["latency_p99_s"].value == 10.0
    assert {by_name[name].n for name in latency.PERCENTILES.values()} == {700}


def test_a_percentile_has_an_interval_around_it() -> None:
    p50 = found([block([0.001 * (i + 1) for i in range(100)])])["latency_p50_s"]
    assert p50.low is not None
    assert p50.high is not None
    assert p50.low < p50.value == 0.05 < p50.high


def test_throughput_counts_samples_not_batches() -> None:
    by_name = found([block([0.25] * 4), block([0.75] * 4, turn=1)], batch_size=32)
    assert by_name["latency_mean_s"].value == 0.5
    assert by_name["throughput_per_s"].value == 64.0
    assert by_name["throughput_per_s"].n == 8


def test_blocks_of_iterations_timed_together_count_by_their_iterations() -> None:
    by_name = found([block([0.5], iterations=30), block([1.0], turn=1, iterations=10)])
    assert by_name["latency_mean_s"].value == 0.625
    assert by_name["latency_mean_s"].n == 40


def test_iterations_timed_together_have_no_percentiles() -> None:
    blocks = [block([0.5], turn=turn, iterations=2) for turn in range(1000)]
    assert not set(found(blocks)) & set(latency.PERCENTILES.values())


def test_a_spread_needs_two_replicates() -> None:
    one = [block([0.5] * 4)]
    assert "replicate_spread" not in found(one)
    spread = found([*one, block([0.5] * 4, replicate=1)])["replicate_spread"]
    assert (spread.value, spread.n) == (0.0, 2)
