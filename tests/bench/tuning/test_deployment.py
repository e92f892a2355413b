"""Deployment tuning in the scripted world: what is measured, kept and called the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.case import Case
from bench.workers.remote import Failed, Skipped
from bench.workers.requests import Load
from tests.bench.deployments import BATCHES, deployment, silent
from tests.bench.fakes import TICK_S
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tuning.deployment import Deployment
    from tests.bench.world import World

DENSE_ONNX = "simple_cnn+dense/onnxruntime-fp32/b1"
HALF_EAGER = "simple_cnn+half_width/eager-fp32/b1"
HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"
FIRST = ('engines = ["eager", "onnxruntime"]', 'engines = ["eager"]')


@pytest.fixture
def search(tmp_path: Path, world: World) -> Deployment:
    return deployment(tmp_path, world, planned(tmp_path))


def loads(world: World, name: str) -> int:
    return sum(who == name and isinstance(request, Load) for who, request in world.asked)


def fronted(search: Deployment) -> dict[str, float]:
    return {one.case.partition("/")[2]: one.time for one in search.front()}


def test_the_front_is_what_nothing_beats_in_time_and_accuracy(
    search: Deployment, world: World
) -> None:
    world.takes(DENSE_ONNX, TICK_S / 2)
    world.takes(HALF_ONNX, TICK_S / 4, error=8.0)  # it says class 0 always
    world.takes(HALF_EAGER, 2 * TICK_S)
    search.search(100, silent)
    assert search.measured == 4
    assert fronted(search) == {HALF_ONNX: 0.25, DENSE_ONNX: 0.5}
    fast, true = search.front()
    assert fast.accuracy < 0.5 < true.accuracy
    assert 0 < fast.held_out < true.held_out


def test_a_cell_whose_scores_are_no_numbers_is_right_of_no_image(
    search: Deployment, world: World
) -> None:
    world.takes(HALF_ONNX, TICK_S / 4, error=float("nan"))
    search.search(100, silent)
    fastest = next(one for one in search.front() if one.case.endswith(HALF_ONNX))
    assert (fastest.accuracy, fastest.held_out) == (0.0, 0.0)


def test_the_search_sees_half_of_the_images_and_the_other_half_is_reported(
    search: Deployment,
) -> None:
    search.search(1, silent)
    (one,) = search.front()
    assert {one.accuracy, one.held_out} == {1.0, 11 / 12}  # one of 24 is wrong


def test_time_is_that_of_a_sample_over_the_smallest_baselines(tmp_path: Path, world: World) -> None:
    search = deployment(tmp_path, world, planned(tmp_path, BATCHES, FIRST))
    world.takes("*/b4", 2 * TICK_S)
    search.search(100, silent)
    assert set(fronted(search).values()) == {0.5}
    assert all(name.endswith("/b4") for name in fronted(search))


def test_a_cell_that_cannot_be_had_is_told_and_another_is_taken(
    search: Deployment, world: World
) -> None:
    world.breaks(f"prepare */{DENSE_ONNX}", Failed("cannot be exported"), on=Case)
    world.breaks(HALF_ONNX, Skipped("not here"))
    search.search(100, silent)
    assert search.measured == 2
    found = {case.partition("/")[2]: why for case, why in search.failed().items()}
    assert found == {DENSE_ONNX: "cannot be exported", HALF_ONNX: "not here"}


def test_nothing_is_measured_twice_and_an_interrupted_search_goes_on(
    search: Deployment, tmp_path: Path, world: World
) -> None:
    search.search(2, silent)
    blocks = len(world.blocks())
    again = deployment(tmp_path, world, planned(tmp_path))
    again.search(2, silent)
    assert len(world.blocks()) == blocks
    world.breaks("*", KeyboardInterrupt(), number=None)
    with pytest.raises(KeyboardInterrupt):
        again.search(100, silent)
    world.faults.clear()
    again.search(100, silent)
    assert again.measured == 4


def test_an_earlier_searchs_failure_is_tried_once_more_and_what_was_skipped_is_not(
    search: Deployment, tmp_path: Path, world: World
) -> None:
    world.breaks(DENSE_ONNX, Failed("out of beads"))
    world.breaks(HALF_EAGER, Failed("out of strings"))
    world.breaks(HALF_ONNX, Skipped("not here"))
    search.search(100, silent)
    search.search(100, silent)
    assert [loads(world, name) for name in (DENSE_ONNX, HALF_EAGER, HALF_ONNX)] == [1, 1, 1]
    del world.faults[0]
    again = deployment(tmp_path, world, planned(tmp_path))
    again.search(100, silent)
    again.search(100, silent)
    assert [loads(world, name) for name in (HALF_EAGER, HALF_ONNX)] == [2, 1]
    assert again.measured == 2
    found = {case.partition("/")[2]: why for case, why in again.failed().items()}
    assert found == {HALF_EAGER: "out of strings", HALF_ONNX: "not here"}


@pytest.mark.parametrize(
    ("fault", "tries"), [(Failed("out of beads"), 2), (Skipped("no such library"), 1)]
)
def test_what_cannot_be_prepared_is_tried_again_only_if_it_failed(
    search: Deployment, tmp_path: Path, world: World, fault: Failed | Skipped, tries: int
) -> None:
    world.breaks(f"prepare */{HALF_ONNX}", fault, on=Case)
    search.search(100, silent)
    deployment(tmp_path, world, planned(tmp_path)).search(100, silent)
    asked = [name for name, _ in world.asked if name.endswith(HALF_ONNX)]
    assert len(asked) == tries
