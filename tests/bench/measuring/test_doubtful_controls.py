"""That a control which does not come out as it must is measured further before it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import plan
from bench.measuring.group_run import GroupRun
from tests.bench.fakes import TICK_S
from tests.bench.runs import planned
from tests.bench.world import World, made_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZEROS = ('"half_width"', '"prune_unstructured", "half_width"')
DEFAULT = ("baseline =", "default = true\nbaseline =")
SIX = ("seconds_per_case = 0.3", "seconds_per_case = 1.92")  # replicates at most; three planned
PRUNED = "simple_cnn+prune_unstructured/eager-fp32/b1"
HALF = "simple_cnn+half_width/eager-fp32/b1"
OTHERS = ("simple_cnn+dense/onnxruntime-fp32/b1", "simple_cnn+half_width/onnxruntime-fp32/b1")
CONTROL = "as a control that did not come out as it must, it was measured further"


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    found.takes(HALF, TICK_S / 2)
    return found


def measured(world: World, folder: Path, *changes: tuple[str, str]) -> GroupRun:
    cases = planned(folder, ZEROS, *(changes or (DEFAULT, SIX)))
    (group,) = plan.groups(cases)
    run = GroupRun(group, {case.id: made_up(case, folder) for case in cases}, world.machine())
    run.run(lambda _number, _case: None)
    return run


def replicates(run: GroupRun, *names: str) -> list[int]:
    return [run.tallies[f"two-engines/{name}"].replicates for name in names]


def unlucky(first: int) -> Callable[[int], float]:
    """Times of which the first processes' are 4 % longer, more than values may do."""
    return lambda replicate: TICK_S * (1.04 if replicate < first else 1.0)


def test_controls_that_pass_are_measured_as_often_as_others(world: World, tmp_path: Path) -> None:
    run = measured(world, tmp_path)
    assert replicates(run, PRUNED, HALF, *OTHERS) == [3, 3, 3, 3]


def test_zeros_that_look_slower_are_asked_again_and_nobody_else(
    world: World, tmp_path: Path
) -> None:
    world.takes(PRUNED, unlucky(3))
    run = measured(world, tmp_path)
    (pruned,) = replicates(run, PRUNED)
    assert 6 < pruned < 12
    assert replicates(run, HALF, *OTHERS) == [3, 3, 3]
    assert run.baseline.replicates == pruned


def test_half_the_width_that_looks_no_faster_is_asked_again(world: World, tmp_path: Path) -> None:
    world.takes(HALF, lambda replicate: TICK_S * (1.0 if replicate < 3 else 0.5))
    (half,) = replicates(measured(world, tmp_path), HALF)
    assert 6 < half < 12


def test_zeros_that_stay_slower_are_believed_in_the_end(world: World, tmp_path: Path) -> None:
    world.takes(PRUNED, 1.05 * TICK_S)
    run = measured(world, tmp_path)
    assert replicates(run, PRUNED, HALF) == [12, 3]  # twice the six that any case may have
    assert run.ending(run.tallies[f"two-engines/{PRUNED}"]) == CONTROL


def test_what_is_no_control_has_no_more_than_its_seconds(world: World, tmp_path: Path) -> None:
    world.takes(OTHERS[0], lambda replicate: TICK_S * (1 + replicate % 3 / 4))
    assert replicates(measured(world, tmp_path), OTHERS[0]) == [6]


def test_where_too_few_replicates_were_asked_for_nothing_is_doubted(
    world: World, tmp_path: Path
) -> None:
    world.takes(PRUNED, 1.05 * TICK_S)
    few = ("replicates = 3", "replicates = 2"), ("seconds_per_case = 0.3", "seconds_per_case = 0.2")
    assert replicates(measured(world, tmp_path, *few), PRUNED) == [2]
