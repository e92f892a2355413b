from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.measuring.loading import order
from bench.workers.remote import Failed, Gone, Skipped
from bench.workers.requests import Load, LoadYardstick, Measure, Predict, Time, Wake
from tests.bench.fakes import SAMPLES, TICK_S
from tests.bench.one_replicate import PASSES, OneReplicate
from tests.bench.runs import ALL, DENSE_EAGER, DENSE_ONNX, HALF_EAGER, HALF_ONNX, planned
from tests.bench.world import Ready, World

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_loaded_before_the_fork_servers_of_later_replicates_have_started(
    one: OneReplicate,
) -> None:
    one.world.starts = 6
    one()
    loads = [index for index, (_, asked) in enumerate(one.world.asked) if isinstance(asked, Load)]
    ready = [index for index, (_, asked) in enumerate(one.world.asked) if isinstance(asked, Ready)]
    assert {replicate for _, _, replicate in one.world.started} == {0, 1, 2}
    assert len(ready) == len(one.tallies) + 2 * 2
    assert max(ready) < min(loads)


def test_a_later_fork_server_that_fails_fails_nobody_yet(one: OneReplicate) -> None:
    one.world.starts = 6
    one.world.breaks("eager", Failed("no such library"), on=Ready, number=2)  # two are its own
    one()
    assert all(tally.stopped is None for tally in one.tallies)


def test_workers_really_take_turns(one: OneReplicate) -> None:
    one()
    order = one.world.blocks()
    assert Counter(order) == dict.fromkeys([*ALL, "yardstick"], PASSES)
    rounds = [order[start : start + 5] for start in range(0, len(order), 5)]
    assert all(sorted(members) == sorted([*ALL, "yardstick"]) for members in rounds)
    assert len({tuple(members) for members in rounds}) == PASSES  # no two in the same order
    assert len(set(pairwise(order))) > 15  # of the 20 pairs of neighbours


def test_blocks_say_in_which_turn_they_were_timed(one: OneReplicate) -> None:
    one(number=2, first_round=40)
    every = [block for tally in one.tallies for block in tally.blocks]
    assert {block.replicate for block in every} == {2}
    turns = sorted((block.round, block.position) for block in [*every, *one.yardstick])
    assert turns == [(turn, position) for turn in range(40, 40 + PASSES) for position in range(5)]
    assert one.replicate.next_round == 40 + PASSES


def test_all_workers_live_at_once_and_none_afterwards(one: OneReplicate) -> None:
    one()
    assert one.world.most_live == 5
    assert one.world.live == []


def test_the_seconds_inside_blocks_are_counted(one: OneReplicate) -> None:
    one()
    blocks = [block for tally in one.tallies for block in tally.blocks] + one.yardstick
    assert one.replicate.block_s == sum(sum(block.durations_s) for block in blocks) > 0


def test_a_slow_case_takes_part_in_fewer_passes(one: OneReplicate) -> None:
    one.world.takes(DENSE_ONNX, 0.0625)
    one()
    counts = Counter(one.world.blocks())
    assert counts[DENSE_ONNX] == 4
    assert counts[HALF_ONNX] == PASSES


def test_one_fork_server_serves_all_cases_of_an_engine(one: OneReplicate) -> None:
    one(number=3)
    assert set(one.world.started) == {("eager", 1, 3), ("onnxruntime", 1, 3)}


def test_answers_are_waited_for_as_long_as_the_scenario_says(world: World, tmp_path: Path) -> None:
    one = OneReplicate(world, tmp_path)
    limited = ("[budget]", "[budget]\ntime_limit_s = 7.5")
    for tally, case in zip(one.tallies, planned(tmp_path, limited), strict=True):
        tally.case = case
    one()
    assert world.limits_s == {7.5}


@pytest.mark.parametrize(
    ("error", "status"), [(Failed("no"), "failed"), (Skipped("no"), "skipped")]
)
def test_a_case_that_cannot_be_loaded_stops_and_the_others_go_on(
    one: OneReplicate, error: Exception, status: str
) -> None:
    one.world.breaks(HALF_EAGER, error)
    one()
    broken = one.of(HALF_EAGER)
    assert (broken.stopped, broken.reason, broken.blocks) == (status, "no", [])
    for name in (DENSE_EAGER, DENSE_ONNX, HALF_ONNX):
        assert len(one.of(name).blocks) == PASSES
    assert len(one.done) == 4  # progress counts it as well


def test_an_engine_that_does_not_start_stops_its_cases_only(one: OneReplicate) -> None:
    one.world.breaks("onnxruntime", Failed("ImportError: libabacus.so"), on=Ready)
    one()
    for name in (DENSE_ONNX, HALF_ONNX):
        assert one.of(name).reason == "ImportError: libabacus.so"
    loaded = {name for name, request in one.world.asked if isinstance(request, Load)}
    assert loaded == {DENSE_EAGER, HALF_EAGER}


def test_a_case_killed_in_mid_run_keeps_its_blocks_and_the_others_go_on(
    one: OneReplicate,
) -> None:
    one.world.breaks(DENSE_ONNX, Failed("the worker was ended by SIGKILL"), on=Time, number=2)
    one()
    killed = one.of(DENSE_ONNX)
    assert (killed.stopped, killed.reason) == ("failed", "the worker was ended by SIGKILL")
    assert len(killed.blocks) == 2
    assert one.world.blocks().count(DENSE_ONNX) == 3  # it is not asked again
    for name in (DENSE_EAGER, HALF_EAGER, HALF_ONNX):
        assert len(one.of(name).blocks) == PASSES
    assert not killed.quantities


@pytest.mark.parametrize(("on", "number"), [(Load, 0), (Time, 1)])
def test_without_its_baseline_a_group_is_measured_all_the_same(
    one: OneReplicate, on: type[object], number: int
) -> None:
    one.world.breaks(DENSE_EAGER, Failed("no"), on=on, number=number)
    one()
    assert one.of(DENSE_EAGER).stopped == "failed"
    for name in (DENSE_ONNX, HALF_EAGER, HALF_ONNX):
        assert (one.of(name).stopped, len(one.of(name).blocks)) == (None, PASSES)
    assert len(one.yardstick) == PASSES


@pytest.mark.parametrize(("on", "number"), [(LoadYardstick, 0), (Time, 1)])
def test_without_its_yardstick_a_group_is_measured_all_the_same(
    one: OneReplicate, on: type[object], number: int
) -> None:
    one.world.breaks("yardstick", Failed("no"), on=on, number=number)
    one()
    assert [tally.stopped for tally in one.tallies] == [None] * 4
    assert [len(tally.blocks) for tally in one.tallies] == [PASSES] * 4


def test_when_everything_fails_nothing_is_timed(one: OneReplicate) -> None:
    one.world.breaks("*", Failed("no"))
    assert one() == []
    assert one.world.blocks() == []
    assert [tally.stopped for tally in one.tallies] == ["failed"] * 4


def test_what_memory_does_not_hold_is_handed_back_unmeasured(one: OneReplicate) -> None:
    one.world.room = 3
    (left,) = one()
    assert left.blocks == []
    assert [len(tally.blocks) for tally in one.tallies if tally is not left] == [PASSES] * 3


def test_a_baseline_and_one_case_are_tried_however_low_memory_is(one: OneReplicate) -> None:
    one.world.room = 0
    left = one()
    assert len(left) == 2
    assert [len(tally.blocks) for tally in one.tallies if tally not in left] == [PASSES] * 2
    assert one.of(DENSE_EAGER) not in left


def test_meters_run_once_when_the_timing_of_the_first_replicate_is_over(
    one: OneReplicate,
) -> None:
    one(number=0)
    requests = [type(request) for _, request in one.world.asked]
    last_block = max(index for index, kind in enumerate(requests) if kind is Time)
    assert min(requests.index(Measure), requests.index(Predict)) > last_block
    names = [[q.metric.name for q in tally.quantities] for tally in one.tallies]
    assert names == [["cpu_s_per_sample", "host_peak_bytes", "host_library_bytes"]] * 4
    one(number=1)
    assert [[q.metric.name for q in tally.quantities] for tally in one.tallies] == names


def test_predictions_of_every_sample_are_kept(one: OneReplicate) -> None:
    one()
    for tally in one.tallies:
        assert tally.predictions is not None
        assert len(np.load(tally.predictions)) == SAMPLES


@pytest.mark.parametrize("on", [Measure, Predict])
def test_what_cannot_be_had_beside_the_times_costs_no_times(
    one: OneReplicate, on: type[object]
) -> None:
    one.world.breaks(HALF_EAGER, Gone("ended by SIGKILL"), on=on, number=0)
    one()
    assert [tally.stopped for tally in one.tallies] == [None] * 4
    assert [len(tally.blocks) for tally in one.tallies] == [PASSES] * 4
    assert [len(tally.notes) for tally in one.tallies] == [0, 0, 1, 0]


def test_ctrl_c_ends_all_workers(one: OneReplicate) -> None:
    one.world.breaks(HALF_EAGER, KeyboardInterrupt(), on=Time, number=1)
    with pytest.raises(KeyboardInterrupt):
        one()
    assert one.world.live == []
    assert len(one.of(DENSE_EAGER).blocks) >= 1
    assert one.of(HALF_EAGER).blocks[0].durations_s[0] == TICK_S


FULL = Failed("the device's memory is full: CUDA out of memory. Tried to allocate 3.06 GiB")


def test_what_finds_no_room_beside_the_others_is_left_for_later(one: OneReplicate) -> None:
    last = order(one.tallies, 0)[-1].case.id.partition("/")[2]
    one.world.breaks(last, FULL, number=0)
    (left,) = one()
    assert left is one.of(last)
    assert left.stopped is None
    assert [len(tally.blocks) for tally in one.tallies if tally is not left] == [PASSES] * 3


def test_what_finds_no_room_alone_has_failed(one: OneReplicate) -> None:
    one.world.breaks(DENSE_EAGER, FULL)
    one()
    assert one.of(DENSE_EAGER).reason == str(FULL)
    assert len(one.of(HALF_ONNX).blocks) == PASSES


def begun(one: OneReplicate) -> list[str]:
    return [name for name, request in one.world.asked if isinstance(request, Load | Wake)]


def test_a_gpu_is_awake_before_anything_is_loaded(one: OneReplicate) -> None:
    for tally in one.tallies:
        tally.case = replace(tally.case, device="cuda:0")
    one()
    assert begun(one)[0] == "wake cuda:0"
    assert one.world.most_live == 6  # it stays beside the four cases and the yardstick
    assert one.world.live == []


def test_a_cpu_needs_no_waking(one: OneReplicate) -> None:
    one()
    assert sorted(begun(one)) == sorted(ALL)
