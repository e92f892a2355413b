"""Which verdicts fail a run, and which earlier run it is judged against."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench import gate
from bench.options import OptionError
from results import store
from results.judging import controls
from results.judging.change import Change
from results.record import SCHEMA
from results.store import Run, StoreError
from tests.results.made_up import blocks, case, record

if TYPE_CHECKING:
    from pathlib import Path

    from results.record import Record

HEAD = Run(environment={"cpu_model": "Abacus"})


def test_verdicts_are_read_once_each_in_their_order() -> None:
    assert gate.verdicts("slower, wrong,slower", None) == ["slower", "wrong"]


def test_without_the_option_nothing_fails() -> None:
    assert gate.verdicts(None, None) == []


@pytest.mark.parametrize(
    ("given", "compared_to", "said"),
    [
        ("slow", None, "--fail-on 'slow': allowed are wrong, missing, slower, larger"),
        ("", None, "--fail-on '': allowed are"),
        (None, "latest", "--compare-to needs --fail-on"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(
    given: str | None, compared_to: str | None, said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        gate.verdicts(given, compared_to)


def test_the_first_night_has_no_run_to_be_judged_against(tmp_path: Path) -> None:
    assert gate.base_run(None, HEAD, tmp_path) is None


def test_a_stored_run_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0001_broken.json").write_text("{")
    assert gate.base_run(None, HEAD, tmp_path) is None


CASES = tuple(case(name) for name in ("dense", "grouped", "half_width"))
ASKED = Run(environment={"cpu_model": "Abacus"}, records=tuple(record(key) for key in CASES))


def stored(folder: Path, number: int, reached: int, cpu: str = "Abacus") -> str:
    """A run that got to so many of the cases; the rest failed. Its name."""
    records = [
        record(key) if place < reached else record(key, status="failed", reason="no beads")
        for place, key in enumerate(CASES)
    ]
    return save(folder, number, records, cpu)


def save(folder: Path, number: int, records: list[Record], cpu: str = "Abacus") -> str:
    """A stored run of these; its name."""
    ours = {
        "schema": SCHEMA,
        "environment": {"cpu_model": cpu},
        "unmeasured": [each.as_dict() for each in records],
    }
    file = folder / f"{number:04}_{'0' * 40}_2026112{number}_000000.json"
    file.write_text(json.dumps({"speedproof": ours, "benchmarks": []}))
    return file.stem


@pytest.mark.parametrize(
    ("reached", "judged"),
    [
        pytest.param([3, 3], 1, id="the_last"),
        pytest.param([3, 1], 0, id="not_one_that_was_ended_early"),
        pytest.param([3, 2, 3, 2, 0], 2, id="the_last_that_had_all"),
        pytest.param([1, 2, 2, 1], 2, id="the_last_that_had_most"),
    ],
)
def test_a_run_is_judged_against_the_last_that_reached_most_of_its_cases(
    tmp_path: Path, reached: list[int], judged: int
) -> None:
    names = [stored(tmp_path, number, count) for number, count in enumerate(reached)]
    base = gate.base_run(None, ASKED, tmp_path)
    assert base is not None
    assert base.name == names[judged]


def night_with_a_twin(folder: Path, number: int, ratio: float) -> str:
    """A run of a baseline, a case and a twin of the baseline that takes so much of its time."""
    baseline, twin = case(baseline=True), replace(case(), id="twin")
    records = [
        record(baseline, (), blocks(1e-3, (1.0,) * 5)),
        record(case("grouped"), (), blocks(2e-3)),
        record(twin, (), blocks(1e-3 * ratio), facts={controls.FACT: controls.TWIN}),
    ]
    return save(folder, number, records)


@pytest.mark.parametrize(
    ("ratios", "judged"),
    [
        pytest.param([1.0, 1.0, 1.0], 2, id="the_last"),
        pytest.param([1.0, 1.0, 1.05], 1, id="not_one_whose_twin_came_out_slower"),
        pytest.param([1.05, 1.05], 1, id="the_last_where_no_other_can_be_had"),
    ],
)
def test_of_runs_with_as_many_cases_one_whose_controls_passed_is_judged_against(
    tmp_path: Path, ratios: list[float], judged: int
) -> None:
    """Nothing is slower than what is untrusted: a slowdown would pass once, and so for ever."""
    names = [night_with_a_twin(tmp_path, number, each) for number, each in enumerate(ratios)]
    head = store.load(store.find("latest", tmp_path))
    base = gate.base_run(None, head, tmp_path)
    assert base is not None
    assert base.name == names[judged]


def test_cases_that_were_not_asked_for_do_not_count(tmp_path: Path) -> None:
    stored(tmp_path, 1, 3)
    last = stored(tmp_path, 2, 1)
    head = replace(ASKED, records=ASKED.records[:1])
    base = gate.base_run(None, head, tmp_path)
    assert base is not None
    assert (base.name, base.records) == (last, head.records)


def test_a_run_of_another_machine_or_without_any_of_the_cases_is_none(tmp_path: Path) -> None:
    stored(tmp_path, 1, 3, cpu="Slide rule")
    stored(tmp_path, 2, 0)
    assert gate.base_run(None, ASKED, tmp_path) is None


def test_a_named_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        gate.base_run("7", HEAD, tmp_path)


def test_only_changes_with_the_verdict_are_told() -> None:
    slower = Change(case="a", metric="latency", verdict="slower", why="p = 0.001")
    same = Change(case="b", metric="latency", verdict="same", why="within 2 %")
    assert gate.of("slower", [slower, same]) == ["a: latency: p = 0.001"]
