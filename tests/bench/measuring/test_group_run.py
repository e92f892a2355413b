from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bench import plan
from bench.measuring.group_run import GroupRun
from bench.workers.machine import Machine
from bench.workers.remote import Failed, ForkServer, Worker
from bench.workers.requests import Load, Time
from tests.bench.fakes import TICK_S
from tests.bench.runs import ALL, DENSE_EAGER, DENSE_ONNX, HALF_EAGER, HALF_ONNX, planned
from tests.bench.world import World, made_up

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measuring.tally import Tally

PLENTY = ("seconds_per_case = 0.3", "seconds_per_case = 3.2")  # for ten replicates instead of three
CUT = "interrupted after 2 of 3 replicates"
PASSES = 4  # blocks of a case in a replicate
APART = "measured separately: the cases did not all fit in memory at once"


class Measured:
    """A group measured in a world."""

    def __init__(self, world: World, folder: Path, *changes: tuple[str, str]) -> None:
        cases = planned(folder, *changes)
        (group,) = plan.groups(cases)
        artifacts = {case.id: made_up(case, world.folder) for case in cases}
        self.world = world
        self.run = GroupRun(group, artifacts, world.machine())
        self.steps: list[tuple[int, str]] = []

    def __call__(self) -> Measured:
        self.run.run(lambda number, case_id: self.steps.append((number, case_id)))
        return self

    def of(self, name: str) -> Tally:
        return self.run.tallies[f"two-engines/{name}"]

    def replicates(self) -> list[int]:
        return [self.of(name).replicates for name in ALL]


def by_luck(replicate: int) -> float:
    """Times that differ between processes by up to a third."""
    return TICK_S * (1 + replicate % 3 / 4)


def test_every_case_has_the_planned_replicates(world: World, tmp_path: Path) -> None:
    group = Measured(world, tmp_path)()
    assert group.replicates() == [3, 3, 3, 3]
    assert Counter(number for number, _ in group.steps) == {0: 4, 1: 4, 2: 4}
    assert len(group.steps) == group.run.steps
    assert len(world.started) == len(set(world.started))  # each engine in each replicate, once


def test_each_replicate_has_processes_of_its_own(world: World, tmp_path: Path) -> None:
    Measured(world, tmp_path)()
    assert {number for _, _, number in world.started} == {0, 1, 2}
    loads = Counter(name for name, request in world.asked if isinstance(request, Load))
    assert loads == dict.fromkeys(ALL, 3)


def test_rounds_are_numbered_through_the_whole_group(world: World, tmp_path: Path) -> None:
    group = Measured(world, tmp_path)()
    turns = [(block.replicate, block.round) for block in group.run.baseline.blocks]
    assert [number for _, number in turns] == list(range(len(turns)))
    assert turns == sorted(turns)


def test_a_noisy_case_gets_more_replicates_and_an_easy_one_does_not(
    world: World, tmp_path: Path
) -> None:
    world.takes(DENSE_ONNX, by_luck)
    group = Measured(world, tmp_path, PLENTY)()
    assert group.replicates() == [10, 10, 3, 3]  # the baseline with whoever needs it
    endings = [group.run.ending(group.of(name)) for name in ALL]
    assert endings[0] == "measured as often as the case that needed it most"
    assert endings[1] == "the seconds were spent before the interval was 0.02 of the ratio"
    assert endings[2] == endings[3] == "the interval is as narrow as asked, 0.02 of the ratio"


def test_a_case_that_calms_down_stops_when_its_interval_is_narrow(
    world: World, tmp_path: Path
) -> None:
    world.takes(HALF_EAGER, lambda replicate: TICK_S * (1.01 if replicate == 0 else 1.0))
    group = Measured(world, tmp_path, PLENTY)()
    assert 3 < group.of(HALF_EAGER).replicates < 10
    assert group.of(DENSE_ONNX).replicates == 3


@pytest.mark.parametrize(("target_width", "replicates"), [(0.1, 3), (0.02, 6), (0.001, 10)])
def test_the_target_decides_how_many_replicates_there_are(
    world: World, tmp_path: Path, target_width: float, replicates: int
) -> None:
    world.takes(DENSE_ONNX, lambda replicate: TICK_S * (1 + replicate % 3 / 100))
    target = ("[budget]", f"[budget]\ntarget_width = {target_width}")
    assert Measured(world, tmp_path, PLENTY, target)().of(DENSE_ONNX).replicates == replicates


def test_a_noisy_baseline_makes_all_its_cases_go_on(world: World, tmp_path: Path) -> None:
    world.takes(DENSE_EAGER, by_luck)
    assert Measured(world, tmp_path, PLENTY)().replicates() == [10, 10, 10, 10]


def test_a_case_that_fails_stops_and_the_others_go_on(world: World, tmp_path: Path) -> None:
    world.breaks(HALF_EAGER, Failed("the worker was ended by SIGKILL"), on=Load, number=1)
    group = Measured(world, tmp_path)()
    assert group.of(HALF_EAGER).reason == "the worker was ended by SIGKILL"
    assert group.replicates() == [3, 3, 1, 3]
    assert {name for number, name in group.steps if number == 2} == {
        f"two-engines/{name}" for name in (DENSE_EAGER, DENSE_ONNX, HALF_ONNX)
    }


def test_the_first_reason_of_a_failure_stays(world: World, tmp_path: Path) -> None:
    world.breaks(HALF_EAGER, Failed("first"), on=Time, number=3)
    group = Measured(world, tmp_path)()
    group.run.interrupt()
    assert group.of(HALF_EAGER).reason == "first"


def test_without_its_baseline_the_others_are_measured_as_planned(
    world: World, tmp_path: Path
) -> None:
    world.breaks(DENSE_EAGER, Failed("no"), on=Load, number=1)
    group = Measured(world, tmp_path)()
    assert group.replicates() == [1, 3, 3, 3]
    assert group.of(DENSE_ONNX).ratio(group.run.baseline) is not None  # of the first replicate


def test_a_baseline_alone_is_measured_as_planned(world: World, tmp_path: Path) -> None:
    alone = (
        ('["dense", "half_width"]', '["dense"]'),
        ('["eager", "onnxruntime"]', '["eager"]'),
    )
    group = Measured(world, tmp_path, PLENTY, *alone)()
    assert group.run.baseline.replicates == 3
    assert Counter(world.blocks()).keys() == {DENSE_EAGER, "yardstick"}


def test_when_every_case_failed_the_baseline_is_still_measured(
    world: World, tmp_path: Path
) -> None:
    for name in ALL[1:]:
        world.breaks(name, Failed("no"))
    assert Measured(world, tmp_path)().replicates() == [3, 0, 0, 0]


def test_a_group_that_does_not_fit_into_memory_is_split_and_says_so(
    world: World, tmp_path: Path
) -> None:
    world.room = 3
    world.takes(HALF_ONNX, 2 * TICK_S)
    group = Measured(world, tmp_path)()
    assert group.replicates() == [3, 3, 3, 3]
    assert sorted(group.of(name).notes for name in ALL) == [[], [], [], [APART]]
    order = world.blocks()
    for name in ALL[1:]:  # each part has the baseline beside it
        ratio = group.of(name).ratio(group.run.baseline)
        assert ratio is not None
        assert ratio.value == (2.0 if name == HALF_ONNX else 1.0)
    assert order.count(DENSE_EAGER) == 2 * order.count(DENSE_ONNX)


def test_a_group_stays_split_in_later_replicates(world: World, tmp_path: Path) -> None:
    world.room = 3
    group = Measured(world, tmp_path)()
    per_replicate = [
        [name.partition("/")[2] for number, name in group.steps if number == wanted]
        for wanted in range(3)
    ]
    assert [sorted(names) for names in per_replicate] == [sorted([*ALL, DENSE_EAGER])] * 3
    assert all(DENSE_EAGER in names[3:] for names in per_replicate)  # with what was left


def test_a_group_split_into_many_parts_says_so_once(world: World, tmp_path: Path) -> None:
    world.room = 2
    group = Measured(world, tmp_path)()
    assert sorted(group.of(name).notes for name in ALL) == [[], [], [APART], [APART]]


def test_a_split_group_measures_each_quantity_of_its_baseline_once(
    world: World, tmp_path: Path
) -> None:
    world.room = 3
    names = [q.metric.name for q in Measured(world, tmp_path)().run.baseline.quantities]
    assert len(names) == len(set(names))


def test_ctrl_c_is_noted_of_every_case(world: World, tmp_path: Path) -> None:
    group = Measured(world, tmp_path)
    world.breaks(DENSE_EAGER, KeyboardInterrupt(), on=Load, number=2)
    world.breaks(HALF_EAGER, Failed("no"), on=Load, number=1)
    with pytest.raises(KeyboardInterrupt):
        group()
    group.run.interrupt()
    assert [group.of(name).notes for name in (DENSE_EAGER, DENSE_ONNX)] == [[CUT]] * 2
    assert group.of(HALF_EAGER).reason == "no"
    assert group.run.block_s > 0
    assert group.run.ending(group.of(DENSE_ONNX)) != ""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("no process can be started")])
def test_a_replicate_that_is_cut_short_counts_for_nothing(
    world: World, tmp_path: Path, error: BaseException
) -> None:
    group = Measured(world, tmp_path)
    world.breaks(HALF_EAGER, error, on=Time, number=2 * PASSES + 1)
    with pytest.raises(type(error)):
        group()
    assert [len(group.of(name).blocks) for name in ALL] == [2 * PASSES] * 4
    assert group.replicates() == [2] * 4
    assert {block.replicate for block in group.run.yardstick} == {0, 1}
    group.run.interrupt()
    assert [group.of(name).notes for name in ALL] == [[CUT]] * 4


def test_of_a_split_group_only_the_part_cut_short_is_dropped(world: World, tmp_path: Path) -> None:
    world.room = 3
    group = Measured(world, tmp_path)
    world.breaks(HALF_ONNX, KeyboardInterrupt(), on=Time, number=1)
    with pytest.raises(KeyboardInterrupt):
        group()
    assert group.replicates() == [1, 1, 1, 0]
    assert len(group.of(DENSE_EAGER).blocks) == len(group.of(DENSE_ONNX).blocks)


def test_ctrl_c_among_further_replicates_costs_nothing(world: World, tmp_path: Path) -> None:
    world.takes(DENSE_ONNX, by_luck)
    world.breaks(DENSE_EAGER, KeyboardInterrupt(), on=Load, number=5)
    group = Measured(world, tmp_path, PLENTY)
    with pytest.raises(KeyboardInterrupt):
        group()
    group.run.interrupt()
    assert [group.of(name).stopped for name in ALL] == [None] * 4
    assert [group.of(name).notes for name in ALL] == [[]] * 4
    assert group.run.ending(group.of(DENSE_ONNX)) == "it was interrupted"


class RealForks:
    """Real processes that run the real worker with an engine that computes nothing."""

    def __init__(self, fork_server: ForkServer) -> None:
        self._fork_server = fork_server
        self.workers: list[Worker] = []

    def ready(self) -> None:
        self._fork_server.ready()

    def fork(self, task: str) -> Worker:
        assert task == "bench.workers.worker:serve"
        self.workers.append(self._fork_server.fork("tests.bench.tasks:serve_scripted"))
        return self.workers[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="ends processes as Linux does")
def test_a_real_worker_killed_from_outside_in_mid_run_is_a_recorded_result(
    world: World, tmp_path: Path
) -> None:
    cases = planned(tmp_path, ('["eager", "onnxruntime"]', '["eager"]'))
    (group,) = plan.groups(cases)
    made_up_machine = world.machine()
    fork_server = ForkServer(["tests.bench.tasks:preload_worker"], {})
    forks = RealForks(fork_server)
    machine = Machine(
        fork_server=lambda *_: forks,
        cores=lambda _: (),
        free_memory=lambda _device: 1.0,
        folder=made_up_machine.folder,
    )
    artifacts = {case.id: made_up(case, world.folder) for case in cases}

    def kill_the_second_case(number: int, case_id: str) -> None:
        if number == 1 and case_id.endswith(HALF_EAGER):
            os.kill(forks.workers[-1].pid, signal.SIGKILL)

    run = GroupRun(group, artifacts, machine)
    try:
        run.run(kill_the_second_case)
    finally:
        fork_server.close()
    killed = run.tallies[f"two-engines/{HALF_EAGER}"]
    assert killed.stopped == "failed"
    assert "SIGKILL" in str(killed.reason)
    assert (killed.replicates, run.baseline.replicates) == (1, 3)
    assert run.baseline.stopped is None
