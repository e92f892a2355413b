"""The self-check in a scripted world: which pairs it measures, what it keeps, what it raises."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.engines import onnxruntime
from bench.selfcheck import check as selfcheck
from bench.selfcheck.check import Selfcheck, SelfcheckError
from bench.workers.remote import Failed, Skipped
from results.judging.sensitivity import Pair
from results.judging.stats import ratio_from_interval
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.world import World

MACHINE = "made-up-2c"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))


def result(*ratios: float, slowed: float = 1.03, absent: bool = False) -> Selfcheck:
    identical = [
        Pair(slowdown=0.0, ratio=ratio_from_interval(r, r / 1.004, r * 1.004, 5)) for r in ratios
    ]
    found = Pair(
        slowdown=0.03, ratio=ratio_from_interval(slowed, slowed / 1.004, slowed * 1.004, 5)
    )
    return Selfcheck(
        machine=MACHINE,
        device="cpu",
        margin=0.01,
        pairs=(*identical, found),
        left_out={"digits/openvino": "openvino is not installed"} if absent else {},
        seconds_per_pair=5.0,
    )


def test_each_pair_is_the_same_case_twice_one_slowed_by_the_known_share(
    world: World, tmp_path: Path
) -> None:
    cases = planned(tmp_path)[:2]
    shown: list[tuple[float, str]] = []
    pairs, left_out, _ = selfcheck.run(
        cases, (0.05, 0.1), 2, world.machine(), lambda share, text: shown.append((share, text))
    )
    assert [pair.slowdown for pair in pairs] == [0.0, 0.05, 0.1] * 2
    assert left_out == {}
    for pair in pairs:
        assert pair.ratio.value == pytest.approx(1.0 + pair.slowdown, abs=1e-3)
    timed = {name for name in world.blocks() if name != "yardstick"}
    assert len(timed) == 2
    assert all(name.endswith("/twin") for name in timed)
    assert shown[-1][1].startswith("pair 6 of 6: ")


def test_a_pair_that_fails_says_which_and_why(world: World, tmp_path: Path) -> None:
    cases = planned(tmp_path)[:1]
    world.breaks("*/twin", Failed("out of beads"))
    with pytest.raises(SelfcheckError, match=re.escape(f"{cases[0].id}: out of beads")):
        selfcheck.run(cases, (), 1, world.machine(), lambda _share, _text: None)


def test_what_fails_to_be_prepared_ends_it_before_anything_is_measured(
    world: World, tmp_path: Path
) -> None:
    cases = planned(tmp_path)[:2]
    world.breaks("prepare */onnxruntime-*", Failed("no weights"), on=object)
    with pytest.raises(SelfcheckError, match=re.escape(f"{cases[1].id}: no weights")):
        selfcheck.run(cases, (), 1, world.machine(), lambda _share, _text: None)
    assert world.blocks() == []


@pytest.mark.parametrize("shown_by", ["preparing", "loading"])
def test_what_cannot_be_had_is_left_out_and_another_takes_its_turns(
    world: World, tmp_path: Path, shown_by: str
) -> None:
    eager, onnx = planned(tmp_path)[:2]
    if shown_by == "preparing":
        world.breaks("prepare */onnxruntime-*", Skipped("no such library"), on=object)
    else:
        world.breaks("*/onnxruntime-*/twin", Skipped("no such library"))
    pairs, left_out, _ = selfcheck.run(
        (onnx, eager), (0.05,), 2, world.machine(), lambda _share, _text: None
    )
    assert [pair.slowdown for pair in pairs] == [0.0, 0.05] * 2
    assert left_out == {onnx.id: "no such library"}
    assert not any("onnxruntime" in name for name in world.blocks())


def test_what_is_not_installed_is_not_even_prepared(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = planned(tmp_path)[:2]
    monkeypatch.setattr(onnxruntime, "LIBRARY", "onnxruntime_of_nobody")
    found = selfcheck.run(cases, (), 1, world.machine(), lambda _share, _text: None)
    assert found[1] == {cases[1].id: "onnxruntime_of_nobody is not installed"}


def test_with_nothing_left_it_says_of_each_case_why(world: World, tmp_path: Path) -> None:
    cases = planned(tmp_path)[:2]
    world.breaks("prepare */onnxruntime-*", Skipped("no library"), on=object)
    world.breaks("*/eager-*/twin", Skipped("no such device"))
    with pytest.raises(SelfcheckError, match="no case can be had here") as error:
        selfcheck.run(cases, (), 1, world.machine(), lambda _share, _text: None)
    assert f"{cases[0].id}: no such device" in str(error.value)
    assert f"{cases[1].id}: no library" in str(error.value)


def test_one_that_is_there_but_fails_still_ends_it(world: World, tmp_path: Path) -> None:
    cases = planned(tmp_path)[:2]
    world.breaks("*/eager-*/twin", Skipped("no such device"))
    world.breaks("*/onnxruntime-*/twin", Failed("out of beads"))
    with pytest.raises(SelfcheckError, match=re.escape(f"{cases[1].id}: out of beads")):
        selfcheck.run(cases, (), 1, world.machine(), lambda _share, _text: None)


def test_the_public_form_has_these_keys() -> None:
    found = result(1.0, 0.98, 1.003).as_dict()
    assert {"pairs", "false_alarm_rate", "false_alarm_high", "detection"} <= found.keys()
    assert {"smallest_detectable", "seconds_per_pair", "machine"} <= found.keys()
    assert found["pairs"] == 3
    assert found["false_alarm_rate"] == pytest.approx(1 / 3)
    assert found["detection"] == [{"slowdown": 0.03, "pairs": 1, "power": 1.0}]
    assert found["left_out"] == []
    assert result(1.0, absent=True).as_dict()["left_out"] == [
        {"case": "digits/openvino", "reason": "openvino is not installed"}
    ]
    assert [more["times"] for more in found["with_more_time"]] == [2.0, 4.0]


def test_a_stored_result_raises_margins_and_never_lowers_them(tmp_path: Path) -> None:
    case = planned(tmp_path)[0]
    name = case.scenario.name
    assert selfcheck.stored_floor(MACHINE) is None
    assert selfcheck.margins([case], MACHINE) == {name: case.scenario.margin}
    selfcheck.store(result(0.96, 1.04))
    assert selfcheck.margins([case], MACHINE) == {name: pytest.approx(0.04)}
    wide = replace(case, scenario=replace(case.scenario, margin=0.2))
    assert selfcheck.margins([wide], MACHINE) == {name: 0.2}
    assert selfcheck.margins([case], "another") == {name: case.scenario.margin}


def test_a_machines_cpu_and_its_gpu_have_floors_of_their_own(tmp_path: Path) -> None:
    case = planned(tmp_path)[0]
    name = case.scenario.name
    on_gpu = replace(case, device="cuda:1")
    of_cpu = selfcheck.store(result(0.96, 1.04))
    of_gpu = selfcheck.store(replace(result(0.9, 1.1), device="cuda:0"))
    assert (of_cpu.name, of_gpu.name) == (f"{MACHINE}.json", f"{MACHINE}-cuda.json")
    assert selfcheck.margins([case], MACHINE) == {name: pytest.approx(0.04)}
    assert selfcheck.margins([on_gpu], MACHINE) == {name: pytest.approx(0.1)}
    for both in ([case, on_gpu], [on_gpu, case]):
        assert selfcheck.margins(both, MACHINE) == {name: pytest.approx(0.1)}


def test_a_damaged_store_counts_as_none() -> None:
    file = selfcheck.store(result(1.0))
    for damage in ("", "[]", "{}", '{"floor": "wide"}'):
        file.write_text(damage)
        assert selfcheck.stored_floor(MACHINE) is None
