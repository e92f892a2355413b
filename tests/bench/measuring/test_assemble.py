from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import plan
from bench.measuring import assemble
from bench.measuring.group_run import GroupRun
from bench.workers.remote import Failed
from bench.workers.requests import Load, Time
from results.gpu_state import SET
from results.record import Record
from tests.bench.fakes import TICK_S, ScriptedSession
from tests.bench.runs import DENSE_EAGER, HALF_EAGER, planned
from tests.bench.world import World, made_up
from tests.results.made_up import at_clock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def group(world: World, tmp_path: Path) -> GroupRun:
    cases = planned(tmp_path)
    artifacts = {case.id: made_up(case, world.folder) for case in cases}
    return GroupRun(plan.groups(cases)[0], artifacts, world.machine())


def measured(group: GroupRun) -> dict[str, Record]:
    group.run(lambda _number, _case_id: None)
    return {
        name.partition("/")[2]: assemble.record(tally, group)
        for name, tally in group.tallies.items()
    }


def test_a_record_holds_each_quantity_once_with_its_unit(group: GroupRun) -> None:
    for record in measured(group).values():
        units = {q.metric.name: q.metric.unit for q in record.quantities}
        assert len(units) == len(record.quantities)
        assert units.pop("throughput_per_s") == "1/s"
        assert all(unit == "s" for name, unit in units.items() if name.endswith("_s"))
        assert all(unit == "B" for name, unit in units.items() if name.endswith("_bytes"))
        assert {"latency_p50_s", "ratio", "accuracy", "macs"} <= set(units)


def test_facts_say_how_the_numbers_were_got(group: GroupRun) -> None:
    facts = measured(group)[DENSE_EAGER].facts
    assert facts["provider"] == "script"
    assert facts["clock"] == "fake"
    assert facts["variant"] == "simple_cnn+dense"  # what preparing said
    assert facts["data_sha256"] == "0123456789abcdef" * 4
    assert "iterations" in facts["warm_up"]
    assert facts["ended"] == "measured as often as the case that needed it most"


def test_that_an_operator_has_set_the_clocks_is_a_fact(group: GroupRun) -> None:
    assert "gpu_clocks" not in measured(group)[DENSE_EAGER].facts
    group.baseline.blocks = list(at_clock(group.baseline.blocks, SET))
    assert assemble.record(group.baseline, group).facts["gpu_clocks"] == "set by an operator"


def test_the_ratio_has_an_interval_and_its_replicates(group: GroupRun, world: World) -> None:
    world.takes(HALF_EAGER, lambda replicate: TICK_S * (2.0 + replicate / 16))
    ratio = measured(group)[HALF_EAGER].quantity("ratio")
    assert ratio is not None
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < 2.0 < ratio.value < 2.125 < ratio.high
    assert ratio.n == 3


def test_load_and_first_inference_are_medians_over_processes(group: GroupRun, world: World) -> None:
    world.takes(HALF_EAGER, lambda replicate: TICK_S * (100 if replicate == 1 else 1 + replicate))
    first = measured(group)[HALF_EAGER].quantity("first_inference_s")
    assert first is not None
    assert (first.value, first.n) == (3 * TICK_S, 3)


def test_being_ready_is_loading_and_the_first_answer(group: GroupRun, world: World) -> None:
    world.takes(HALF_EAGER, lambda replicate: TICK_S * (4 + replicate))
    record = measured(group)[HALF_EAGER]
    load_s, ready = record.value("load_s"), record.quantity("ready_s")
    assert load_s is not None
    assert ready is not None
    assert (ready.value, ready.n) == (load_s + 5 * TICK_S, 3)


def test_being_ready_is_divided_by_the_baselines_of_the_same_replicate(
    group: GroupRun, world: World
) -> None:
    world.takes(DENSE_EAGER, lambda replicate: TICK_S * 100 * (1 + replicate))
    world.takes(HALF_EAGER, lambda replicate: TICK_S * (300 * (1 + replicate) + 200))
    records = measured(group)
    ratio = records[HALF_EAGER].quantity("ready_ratio")
    assert ratio is not None
    assert ratio.low is not None
    assert [ratio.low, ratio.value, ratio.high] == pytest.approx([3.0, 3.0, 3.0])
    assert ratio.n == 3
    assert records[DENSE_EAGER].quantity("ready_ratio") is None


def test_a_failed_case_keeps_what_its_artifact_shows_and_no_times(
    group: GroupRun, world: World
) -> None:
    world.breaks(HALF_EAGER, Failed("killed"), on=Time, number=4)
    record = measured(group)[HALF_EAGER]
    assert (record.status, record.reason, record.blocks) == ("failed", "killed", ())
    assert {q.metric.name for q in record.quantities} == {
        "params",
        "nonzero_params",
        "macs",
        "artifact_bytes",
    }


@pytest.mark.parametrize(
    ("first", "note"),
    [
        (np.float32(0.5), "no accuracy, no agreement: the first output is of the type float32"),
        (np.ones(3), "no accuracy, no agreement: the first output has the shape (3,), not a row"),
        (np.array(["cat"]), "no accuracy, no agreement: the first output is of the type <U3"),
        (np.ones((1, 1)), "no accuracy: the first output of 24 labelled samples has the shape"),
    ],
    ids=["scalar", "detections", "texts", "one_column"],
)
def test_outputs_that_are_no_scores_cost_a_case_nothing_but_its_accuracy(
    group: GroupRun, monkeypatch: pytest.MonkeyPatch, first: object, note: str
) -> None:
    monkeypatch.setattr(ScriptedSession, "outputs", lambda *_: [first])
    for record in measured(group).values():
        assert (record.status, record.value("ratio")) == ("measured", 1.0)
        assert [each for each in record.notes if each.startswith(note)]
        assert record.value("accuracy") is None
        assert record.predictions is None


def test_a_case_without_a_block_has_failed(group: GroupRun) -> None:
    record = assemble.record(group.baseline, group)
    assert (record.status, record.reason) == ("failed", "no block of it was measured")


def test_warm_up_that_met_its_cap_is_noted(group: GroupRun, world: World) -> None:
    world.takes(HALF_EAGER, lambda replicate: 8.0 if replicate == 2 else TICK_S)
    notes = measured(group)[HALF_EAGER].notes
    assert any("cap" in note and "1 of 3" in note for note in notes)


def test_what_is_to_be_said_of_a_technique_is_noted(
    group: GroupRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"half_width": "half as wide"}
    monkeypatch.setattr(assemble, "remark", said.get)
    records = measured(group)
    assert records[HALF_EAGER].notes[0] == "half as wide"
    assert "half as wide" not in records[DENSE_EAGER].notes


def test_a_baseline_that_failed_is_noted_on_the_others(group: GroupRun, world: World) -> None:
    world.breaks(DENSE_EAGER, Failed("killed"))
    records = measured(group)
    assert records[HALF_EAGER].value("ratio") is None
    assert records[HALF_EAGER].notes == ("no ratio: the baseline failed (killed)",)


def test_a_ratio_to_a_baseline_that_failed_later_says_of_how_many_replicates_it_is(
    group: GroupRun, world: World
) -> None:
    world.breaks(DENSE_EAGER, Failed("killed"), on=Load, number=2)
    record = measured(group)[HALF_EAGER]
    ratio = record.quantity("ratio")
    assert ratio is not None
    assert ratio.n == 2
    assert record.notes == ("the ratio is of 2 replicates: the baseline failed (killed)",)


def test_a_record_survives_the_trip_through_json(group: GroupRun) -> None:
    for record in measured(group).values():
        assert Record.from_dict(json.loads(json.dumps(record.as_dict()))) == record


def test_outputs_that_are_no_numbers_leave_a_record_that_can_be_read(
    group: GroupRun, world: World
) -> None:
    world.takes(HALF_EAGER, TICK_S, error=math.nan)
    with np.errstate(invalid="ignore"):
        record = measured(group)[HALF_EAGER]
    assert Record.from_dict(json.loads(json.dumps(record.as_dict()))) is not None
