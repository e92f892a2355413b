from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.measuring.tally import Tally
from bench.workers.requests import Loaded
from bench.workers.warm_up import WarmUp
from results.record import Block
from tests.bench.runs import planned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def blocks(levels_s: Sequence[float], rounds: int = 3) -> list[Block]:
    """One level a replicate."""
    return [
        Block(replicate=replicate, round=turn, position=0, iterations=4, durations_s=(level_s,) * 4)
        for replicate, level_s in enumerate(levels_s)
        for turn in range(rounds)
    ]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Tally, Tally]:
    """A case and its baseline."""
    baseline, case, *_ = planned(tmp_path)
    return Tally(case=case), Tally(case=baseline)


def test_replicates_are_counted_from_blocks(pair: tuple[Tally, Tally]) -> None:
    tally, _ = pair
    assert tally.replicates == 0
    tally.blocks += blocks([1.0, 1.0])
    assert tally.replicates == 2


def test_the_first_reason_stays(pair: tuple[Tally, Tally]) -> None:
    tally, _ = pair
    tally.stop("skipped", "first")
    tally.stop("failed", "second")
    assert (tally.stopped, tally.reason) == ("skipped", "first")


def test_there_is_no_ratio_without_rounds_in_common(pair: tuple[Tally, Tally]) -> None:
    tally, baseline = pair
    assert tally.ratio(baseline) is None
    tally.blocks += blocks([2.0])
    assert tally.ratio(baseline) is None
    assert not tally.is_settled(baseline, 1.0)


@pytest.mark.parametrize(
    ("levels_s", "settled"),
    [
        ([2.0], False),  # one replicate has no interval
        ([2.0, 2.0], True),
        ([2.0, 2.001, 1.999], True),
        ([2.0, 2.2, 1.8], False),
    ],
)
def test_a_case_is_settled_when_its_interval_is_narrow(
    pair: tuple[Tally, Tally], levels_s: list[float], *, settled: bool
) -> None:
    tally, baseline = pair
    tally.blocks += blocks(levels_s)
    baseline.blocks += blocks([1.0] * len(levels_s))
    ratio = tally.ratio(baseline)
    assert ratio is not None
    assert ratio.value == pytest.approx(2.0, rel=0.02)
    assert tally.is_settled(baseline, 0.02) == settled


def test_the_width_is_relative_to_the_ratio(pair: tuple[Tally, Tally]) -> None:
    tally, baseline = pair
    tally.blocks += blocks([10.0, 10.05, 9.95])
    baseline.blocks += blocks([1.0] * 3)
    ratio = tally.ratio(baseline)
    assert ratio is not None
    assert ratio.low is not None
    assert ratio.high is not None
    width = ratio.high - ratio.low
    assert tally.is_settled(baseline, width / ratio.value * 1.001)
    assert not tally.is_settled(baseline, width / ratio.value * 0.999)


def loaded(clock: str) -> Loaded:
    warmed = WarmUp(iterations=1, duration_s=1.0, steady=True, iteration_s=1.0)
    return Loaded(facts={"clock": clock}, load_s=1.0, first_inference_s=1.0, warm_up=warmed)


def test_the_devices_time_over_a_callers_is_no_ratio(pair: tuple[Tally, Tally]) -> None:
    case, baseline = pair
    case.blocks, baseline.blocks = blocks([1.0, 1.1]), blocks([2.0, 2.1])
    assert case.ratio(baseline) is not None
    case.started(0, loaded("cuda_events"))
    baseline.started(0, loaded("wall"))
    assert case.ratio(baseline) is None
    assert case.is_settled(baseline, 0.01)  # more replicates would not give one
