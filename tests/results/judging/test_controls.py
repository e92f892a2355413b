"""What the controls of a run say, and that a failed one takes the verdicts of its group with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.judging import controls
from results.judging.controls import FACT, HALF_WIDTH, TWIN, UNSTRUCTURED
from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.record import CaseKey, Record
    from tests.conftest import Golden

NOISY = (1.0, 1.1, 0.9, 1.2, 0.85)
EVEN = (1.0,) * 5


def as_control(found: Record, name: str) -> Record:
    return replace(found, facts={**found.facts, FACT: name})


def twin_case(batch_size: int = 1) -> CaseKey:
    key = case(batch_size=batch_size)
    return replace(key, id=f"{key.id}/twin")


def twin(relative: float, factors: Sequence[float] = EVEN, batch_size: int = 1) -> Record:
    found = measured(twin_case(batch_size), 1e-3, relative, factors=factors)
    return as_control(found, TWIN)


def unstructured(relative: float, batch_size: int = 1) -> Record:
    key = case("prune_unstructured@amount=0.8", batch_size=batch_size)
    return as_control(measured(key, 1e-3, relative), UNSTRUCTURED)


def half_width(relative: float, batch_size: int = 1) -> Record:
    return as_control(
        measured(case("half_width", batch_size=batch_size), 1e-3, relative), "half width"
    )


def run(*records: Record, batch_sizes: Sequence[int] = (1,)) -> Run:
    baselines = [
        measured(case(batch_size=size, baseline=True), 1e-3, 1.0, factors=EVEN)
        for size in batch_sizes
    ]
    engines = [
        measured(case("dense", "openvino-fp32", batch_size=size), 1e-4, 0.2) for size in batch_sizes
    ]
    return Run(records=(*baselines, *engines, *records), margins={"digits-cnn": 0.01})


GOOD = (twin(1.001), unstructured(1.003), half_width(0.7))


def ready_run(twin_ready: float, other_ready: float) -> list[str | None]:
    """What is said of the time until the first answer of a twin and of another case."""
    mirrored = as_control(measured(twin_case(), 1e-3, 1.0, ready=twin_ready), TWIN)
    other = measured(case("dense", "openvino-fp32"), 1e-4, 0.2, ready=other_ready)
    rows = table.rows(run(mirrored, other))
    judged = {row.record.case.id: row.ready_judgement for row in rows}
    return [judged[each.case.id] for each in (mirrored, other)]


def test_where_a_process_is_started_among_others_is_no_change_of_its_start() -> None:
    assert ready_run(0.96, 2.0) == ["same", "slower"]


def test_a_twin_that_is_ready_sooner_makes_all_starts_of_its_group_untrusted() -> None:
    assert ready_run(0.8, 2.0) == ["untrusted"] * 2
    early = as_control(measured(twin_case(), 1e-3, 1.0, ready=0.8), TWIN)
    shown = table.markdown(run(early))
    assert "ready vs baseline untrusted: a copy of the baseline was itself ready sooner" in shown


def notes(of: Run) -> list[str]:
    return list(controls.notes(table.rows(of)))


def test_controls_that_come_out_as_they_must_have_passed() -> None:
    found = controls.controls(table.rows(run(*GOOD)))
    assert {each.name: (each.expected, each.found, each.passed) for each in found} == {
        TWIN: ("same", "same", True),
        UNSTRUCTURED: ("same", "same", True),
        HALF_WIDTH: ("faster", "faster", True),
    }
    (note,) = notes(run(*GOOD))
    assert note == (
        "controls: digits-cnn, batch size 1, 1 thread, cpu: A/A twin same (ratio 1.001), "
        "unstructured pruning same (ratio 1.003), half width faster (ratio 0.7000): passed"
    )
    assert controls.failures(table.rows(run(*GOOD))) == ()


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        pytest.param(twin(1.05), "A/A twin slower (ratio 1.050) but must be same", id="twin"),
        pytest.param(
            unstructured(0.8),
            "unstructured pruning faster (ratio 0.8000) but must be same",
            id="zeros",
        ),
        pytest.param(half_width(1.0), "half width same (ratio 1.0", id="work_that_does_not_count"),
        pytest.param(half_width(1.3), "half width slower (ratio 1.30", id="less_that_takes_longer"),
    ],
)
def test_a_control_that_fails_takes_every_verdict_of_its_group(bad: Record, line: str) -> None:
    whole = run(*(good for good in GOOD if good.facts[FACT] != bad.facts[FACT]), bad)
    rows = table.rows(whole)
    assert {row.judgement for row in rows if not row.record.case.is_baseline} == {"untrusted"}
    for row in rows:
        (said,) = row.as_dict()["notes"]
        assert said.startswith(f"UNTRUSTED: digits-cnn, batch size 1, 1 thread, cpu: {line}")
    assert notes(whole)[0].endswith("failed, the verdicts of this group are untrusted")


@pytest.mark.parametrize(
    ("control", "passed"),
    [
        pytest.param(unstructured(0.985), True, id="its_values"),
        pytest.param(unstructured(0.96), False, id="more_than_its_values"),
        pytest.param(twin(0.985), False, id="a_twin_has_the_same_values"),
    ],
)
def test_only_the_values_of_a_pruned_network_excuse_a_difference(
    control: Record, *, passed: bool
) -> None:
    rows = table.rows(run(control))
    (found,) = controls.controls(rows)
    assert (found.found, found.passed) == ("faster", passed)
    assert ("is expected, as its values differ" in found.text) is passed
    assert bool(controls.failures(rows)) is not passed


def test_other_groups_keep_their_verdicts() -> None:
    whole = run(twin(1.05), *(twin(1.0, batch_size=32), half_width(0.5, 32)), batch_sizes=(1, 32))
    judged = {(r.record.case.batch_size, r.judgement) for r in table.rows(whole) if r.verdict}
    assert judged == {(1, "untrusted"), (32, "same"), (32, "faster")}
    assert [note.rpartition(": ")[2] for note in notes(whole)] == [
        "failed, the verdicts of this group are untrusted",
        "passed",
    ]


def test_a_control_too_noisy_to_judge_is_reported_and_fails_nothing() -> None:
    whole = run(twin(1.0, NOISY), half_width(0.7))
    (note,) = notes(whole)
    assert note.startswith(
        "controls: digits-cnn, batch size 1, 1 thread, cpu: A/A twin inconclusive (ratio 1.00; "
    )
    assert "more would settle it), half width faster (ratio 0.7000): inconclusive" in note
    judged = {row.record.case.engine: row.judgement for row in table.rows(whole)}
    assert judged["openvino"] == "faster"


def test_inconclusive_verdicts_of_a_failed_group_stay_inconclusive() -> None:
    noisy = measured(case("grouped"), 1e-3, 1.0, factors=NOISY)
    judged = {
        row.record.case.techniques[0]: row.judgement
        for row in table.rows(run(half_width(1.0), noisy))
    }
    assert judged["grouped"] == "inconclusive"
    assert judged["half_width"] == "untrusted"


def test_a_control_that_could_not_be_measured_is_said_not_to_be() -> None:
    failed = record(twin_case(), status="failed", reason="the worker was ended by SIGKILL")
    (note,) = notes(run(as_control(failed, TWIN), half_width(0.7)))
    assert "A/A twin failed (the worker was ended by SIGKILL)" in note
    assert ": inconclusive, which neither" in note


def test_a_control_that_was_not_selected_is_not_reported() -> None:
    assert notes(run()) == []
    (note,) = notes(run(half_width(0.7)))
    group = "digits-cnn, batch size 1, 1 thread, cpu"
    assert note == f"controls: {group}: half width faster (ratio 0.7000): passed"


def test_a_case_like_a_control_is_none_where_the_run_did_not_make_it_one() -> None:
    slow_half = measured(case("half_width"), 1e-3, 1.3)
    assert notes(run(slow_half)) == []
    assert [r.judgement for r in table.rows(run(slow_half))] == [None, "faster", "slower"]


LUCKY = (1.004, 1.012, 1.02, 1.013, 1.025)  # of a twin: p = 0.016 by itself


def test_of_many_sound_controls_one_looks_slower_by_luck_and_fails_nothing() -> None:
    alone = controls.controls(table.rows(run(twin(1.0, LUCKY))))
    assert [each.passed for each in alone] == [False]
    others = (twin(1.0, batch_size=32), unstructured(1.0), unstructured(1.0, batch_size=32))
    among = table.rows(run(twin(1.0, LUCKY), *others, batch_sizes=(1, 32)))
    assert [each.passed for each in controls.controls(among)] == [None, True, True, True]
    assert controls.failures(among) == ()


def test_what_is_no_control_is_corrected_with_all_others() -> None:
    case_like_it = measured(case("grouped"), 1e-3, 1.0, factors=LUCKY)
    others = [measured(case("dense", f"engine{i}-fp32"), 1e-3, 0.5) for i in range(9)]
    judged = {r.record.case.techniques: r.judgement for r in table.rows(run(case_like_it, *others))}
    assert judged["grouped",] == "slower"


def test_the_correction_and_the_margin_are_those_of_all_verdicts() -> None:
    wide = replace(run(twin(1.03)), margins={"digits-cnn": 0.05})
    assert [each.passed for each in controls.controls(table.rows(wide))] == [True]
    assert [each.passed for each in controls.controls(table.rows(run(twin(1.03))))] == [False]


def test_the_table_of_an_untrusted_run_looks_like_this(golden: Golden) -> None:
    whole = run(twin(1.001), unstructured(0.8), half_width(0.7))
    golden("untrusted.txt", table.text(replace(whole, notes=tuple(notes(whole))), 100))
    golden("untrusted.md", table.markdown(whole))


def test_the_loud_line_stands_above_and_below_the_table() -> None:
    for shown in (table.text(run(twin(1.05)), 10_000), table.markdown(run(twin(1.05)))):
        above, _, below = shown.partition("openvino")
        assert "UNTRUSTED: " in above
        assert "UNTRUSTED: " in below


def test_json_says_untrusted_for_each_case_of_the_group() -> None:
    whole = run(twin(1.05))
    cases = json.loads(table.json(whole, table.rows(whole)))["cases"]
    assert [each["verdict"] for each in cases] == [None, "untrusted", "untrusted"]
    assert all("UNTRUSTED: " in each["notes"][0] for each in cases)


def test_a_twin_is_told_from_its_baseline_in_the_table() -> None:
    lines = [line for line in table.text(run(twin(1.0)), 120).splitlines() if " eager " in line]
    assert [line.partition("  ")[0] for line in lines] == ["dense", "dense (A/A twin)"]


def test_markdown_says_of_each_scenario_how_its_controls_came_out() -> None:
    raised = "digits-cnn: margin raised from 1.0% to 2.00%"
    whole = run(*GOOD)
    whole = replace(
        whole, notes=("interrupted: 3 cases", raised, *controls.notes(table.rows(whole)))
    )
    lines, _ = table.scenario_markdown(whole, table.rows(whole))
    (control,) = notes(whole)
    assert [line for line in lines if line.startswith("Note: ")] == [
        f"Note: {control}",
        f"Note: {raised}",
    ]
    shown = table.markdown(whole)
    assert (shown.count(control), shown.count(raised)) == (1, 1)
    assert shown.endswith("Note: interrupted: 3 cases\n")
