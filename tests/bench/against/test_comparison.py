from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.options import OptionError
from bench.workers.remote import Failed, Skipped
from bench.workers.requests import Load, LoadYardstick, Measure, Time
from results.judging.change import exit_code, worst
from tests.bench.fakes import TICK_S
from tests.bench.runs import ALL, DENSE_EAGER, DENSE_ONNX, HALF_EAGER, HALF_ONNX, planned
from tests.bench.two_sides import ELSEWHERE, OLD, Shown, TwoSides, compared

if TYPE_CHECKING:
    from pathlib import Path

    from bench.against.comparison import Outcome
    from bench.case import Case


@pytest.fixture
def cases(tmp_path: Path) -> list[Case]:
    return planned(tmp_path)


@pytest.fixture
def both(tmp_path: Path, cases: list[Case]) -> TwoSides:
    """A world in which both sides have the same cases, all equally fast."""
    folder = tmp_path / "world"
    folder.mkdir()
    return TwoSides(folder, there=list(cases))


def told(outcome: Outcome, metric: str = "latency") -> dict[str, str]:
    """Verdicts by case, without the scenario."""
    found = (change for change in outcome.changes if change.metric == metric)
    return {change.case.partition("/")[2]: change.verdict for change in found}


def test_equal_sides_are_the_same_and_that_is_all(both: TwoSides, cases: list[Case]) -> None:
    outcome = compared(both, cases)
    assert told(outcome) == dict.fromkeys(ALL, "same")
    assert len(outcome.changes) == 4
    assert {change.ratio for change in outcome.changes} == {1.0}
    assert (worst(outcome.changes), exit_code(outcome.changes)) == ("same", 0)
    assert (outcome.unmeasured, outcome.libraries) == ((), ())


def test_only_the_cases_of_the_engine_that_got_slower_are_named(
    both: TwoSides, cases: list[Case]
) -> None:
    both.takes("simple_cnn+*/eager-*", 2 * TICK_S)
    outcome = compared(both, cases)
    expected = {DENSE_EAGER: "slower", HALF_EAGER: "slower", DENSE_ONNX: "same", HALF_ONNX: "same"}
    assert told(outcome) == expected
    assert {change.ratio for change in outcome.changes} == {1.0, 2.0}
    assert exit_code(outcome.changes) == 1


def test_a_slow_base_makes_a_faster_head(both: TwoSides, cases: list[Case]) -> None:
    both.takes(f"{OLD}{HALF_ONNX}", 4 * TICK_S)
    outcome = compared(both, cases)
    assert told(outcome)[HALF_ONNX] == "faster"
    assert exit_code(outcome.changes) == 0


def test_a_change_within_the_margin_is_the_same(both: TwoSides, cases: list[Case]) -> None:
    both.takes(DENSE_EAGER, TICK_S * 1.0625)
    assert told(compared(both, cases, margin=0.01))[DENSE_EAGER] == "slower"
    assert told(compared(both, cases, margin=0.07))[DENSE_EAGER] == "same"


def test_the_two_sides_of_a_case_take_turns_and_nobody_else(
    both: TwoSides, cases: list[Case]
) -> None:
    compared(both, cases)
    order = both.blocks()
    rounds = [order[start : start + 2] for start in range(0, len(order), 2)]
    assert all(one.removeprefix(OLD) == other.removeprefix(OLD) for one, other in rounds)
    assert all(one != other for one, other in rounds)
    first = Counter(one.startswith(OLD) for one, _ in rounds)
    assert abs(first[True] - first[False]) <= len(cases) * 3  # each side begins as often
    assert both.most_live == 2
    assert both.live == []


def test_each_side_has_its_own_processes_fresh_in_each_replicate(
    both: TwoSides, cases: list[Case]
) -> None:
    compared(both, cases)
    measuring = [place for place in both.places if place.replicate or place.engine != "eager"]
    for engine in ("eager", "onnxruntime"):
        of_engine = {(one.home, one.replicate) for one in measuring if one.engine == engine}
        for number in (1, 2):
            assert {home for home, replicate in of_engine if replicate == number} == {
                cases[0].home,
                ELSEWHERE,
            }


def test_the_processes_of_an_engine_end_before_the_next_is_measured(
    both: TwoSides, cases: list[Case]
) -> None:
    compared(both, cases)
    assert both.opened == both.closed == 1 + 2  # for preparing, and for each engine


def test_both_sides_run_on_one_core_with_one_set_of_inputs(
    both: TwoSides, cases: list[Case]
) -> None:
    compared(both, cases)
    loads = [request for _, request in both.asked if isinstance(request, Load)]
    assert {load.cores for load in loads} == {(0,)}
    assert {load.artifact.inputs for load in loads} == {str(both.folder / "inputs")}
    assert {load.slowdown for load in loads} == {None}


def test_nothing_is_measured_that_no_verdict_needs(both: TwoSides, cases: list[Case]) -> None:
    compared(both, cases)
    assert not [one for _, one in both.asked if isinstance(one, LoadYardstick | Measure)]


def test_a_larger_file_is_told_beside_the_time(both: TwoSides, cases: list[Case]) -> None:
    both.made = lambda artifact: replace(artifact, size_bytes=4000, params=999)
    outcome = compared(both, cases)
    assert told(outcome, "artifact_bytes") == dict.fromkeys(ALL, "larger")
    assert told(outcome, "params") == dict.fromkeys(ALL, "larger")
    assert told(outcome, "macs") == {}
    assert exit_code(outcome.changes) == 1


def test_lost_accuracy_is_wrong(both: TwoSides, cases: list[Case]) -> None:
    both.takes(DENSE_ONNX, TICK_S, error=5.0)
    outcome = compared(both, cases)
    assert told(outcome, "accuracy") == {DENSE_ONNX: "wrong"}
    assert told(outcome) == dict.fromkeys(ALL, "same")


def test_a_case_that_only_the_base_has_is_missing(both: TwoSides, cases: list[Case]) -> None:
    outcome = compared(both, cases[1:])
    assert told(outcome, "status") == {DENSE_EAGER: "missing"}
    assert exit_code(outcome.changes) == 1


def test_a_case_that_only_the_head_has_is_new(both: TwoSides, cases: list[Case]) -> None:
    both.there = cases[1:]
    outcome = compared(both, cases)
    assert told(outcome, "status") == {DENSE_EAGER: "new"}
    assert exit_code(outcome.changes) == 0


def test_a_scenario_that_the_base_cannot_read_is_not_new(
    both: TwoSides, cases: list[Case], tmp_path: Path
) -> None:
    scenario = replace(cases[0].scenario, name="newer", file=tmp_path / "newer.toml")
    newer = [replace(case, scenario=scenario) for case in cases]
    both.problems = {"newer": "newer.toml: [budget]: unknown key 'beads'"}
    outcome = compared(both, [*cases, *newer])
    assert set(told(outcome, "status").values()) == {"incomparable"}
    assert "unknown key 'beads'" in outcome.changes[-1].why
    assert exit_code(outcome.changes) == 3


@pytest.mark.parametrize("problem", [None, "two-engines.toml: [budget]: unknown key 'beads'"])
def test_nothing_in_common_is_a_usage_error(
    both: TwoSides, cases: list[Case], problem: str | None
) -> None:
    both.there = []
    both.problems = {"two-engines": problem} if problem else {}
    words = re.escape(f"main~1: nothing to compare: {problem or 'there is none of 4 cases'}")
    with pytest.raises(OptionError, match=words):
        compared(both, cases)


def test_a_base_that_cannot_be_asked_is_a_usage_error(both: TwoSides, cases: list[Case]) -> None:
    both.refuses = "workers of that checkout speak protocol none"
    with pytest.raises(OptionError, match="against main~1: workers of that checkout speak"):
        compared(both, cases)
    assert both.opened == both.closed


@pytest.mark.parametrize(
    ("who", "verdict"), [(DENSE_EAGER, "missing"), (f"{OLD}{DENSE_EAGER}", "new")]
)
@pytest.mark.parametrize("on", [Load, Time])
def test_a_failing_side_is_worse_if_it_is_the_head(
    both: TwoSides, cases: list[Case], who: str, verdict: str, on: type[object]
) -> None:
    both.breaks(who, Failed("the beads fell off"), on=on)
    outcome = compared(both, cases)
    assert told(outcome, "status") == {DENSE_EAGER: verdict}
    assert "the beads fell off" in outcome.changes[0].why
    assert exit_code(outcome.changes) == (1 if who == DENSE_EAGER else 0)
    assert told(outcome) == dict.fromkeys(ALL[1:], "same")


def test_a_case_whose_base_failed_costs_no_more_time(both: TwoSides, cases: list[Case]) -> None:
    both.breaks(f"{OLD}{DENSE_EAGER}", Failed("the beads fell off"))
    compared(both, cases)
    loads = Counter(name for name, request in both.asked if isinstance(request, Load))
    assert loads[DENSE_EAGER] == 1
    assert loads[HALF_EAGER] == loads[f"{OLD}{HALF_EAGER}"] == 3


@pytest.mark.parametrize(
    ("who", "verdict"), [("prepare two-*", "missing"), (f"prepare {OLD}two-*", "new")]
)
def test_a_case_that_cannot_be_prepared_counts_the_same(
    both: TwoSides, cases: list[Case], who: str, verdict: str
) -> None:
    both.breaks(f"{who}/{DENSE_ONNX}", Failed("the exporter gave up"), on=object)
    outcome = compared(both, cases)
    assert told(outcome, "status") == {DENSE_ONNX: verdict}
    assert "the exporter gave up" in next(c.why for c in outcome.changes if c.metric == "status")


def test_what_both_sides_skip_is_told_apart(both: TwoSides, cases: list[Case]) -> None:
    both.reasons = {cases[1].id: "onnxruntime is not installed"}
    both.breaks(f"prepare {cases[1].id}", Skipped("onnxruntime is not installed"), on=object)
    outcome = compared(both, cases)
    assert [record.case.id for record in outcome.unmeasured] == [cases[1].id]
    assert len(outcome.changes) == 3


def test_what_only_the_head_skips_is_missing(both: TwoSides, cases: list[Case]) -> None:
    both.breaks(f"prepare {cases[1].id}", Skipped("no beads"), on=object)
    outcome = compared(both, cases)
    assert told(outcome, "status") == {cases[1].id.partition("/")[2]: "missing"}


def test_libraries_of_other_versions_are_told(both: TwoSides, cases: list[Case]) -> None:
    version = both.libraries["torch"]
    both.libraries = {**both.libraries, "torch": "1.0"}
    assert compared(both, cases).libraries == (f"torch 1.0, then {version}",)


def test_where_libraries_differ_files_may_differ_as_exporters_do(
    both: TwoSides, cases: list[Case]
) -> None:
    both.made = lambda artifact: replace(artifact, size_bytes=4090)
    assert exit_code(compared(both, cases).changes) == 1
    both.libraries = {**both.libraries, "onnx": "1.0"}
    outcome = compared(both, cases)
    assert told(outcome, "artifact_bytes") == dict.fromkeys(ALL, "same")
    assert exit_code(outcome.changes) == 0


def test_progress_never_goes_back_and_says_how_long_it_takes(
    both: TwoSides, cases: list[Case]
) -> None:
    sink = Shown()
    compared(both, cases, sink=sink)
    measuring = [(share, text) for share, text in sink.lines if text.startswith("measuring")]
    shares = [share for share, _ in measuring]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all("to go" in text for _, text in measuring)
    preparing = [text for _, text in sink.lines if text.startswith("preparing")]
    assert {text.split(":")[0] for text in preparing} == {
        "preparing the base",
        "preparing the head",
    }


def test_ctrl_c_ends_every_process(both: TwoSides, cases: list[Case]) -> None:
    both.breaks(f"{OLD}{HALF_ONNX}", KeyboardInterrupt(), on=Time, number=3)
    with pytest.raises(KeyboardInterrupt):
        compared(both, cases)
    assert both.live == []
    assert both.opened == both.closed
