"""Markdown of scenarios with several models, and with cases that were not had."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, record, whole_run

if TYPE_CHECKING:
    from results.record import Record

REASON = "tied8 is tied already"


def of_model(found: Record, model: str) -> Record:
    key = replace(found.case, model=model, id=f"{model}/{found.case.id}")
    return replace(found, case=key)


def skipped(technique: str, target: str = "eager-fp32", reason: str = REASON) -> Record:
    return record(case(technique, target), status="skipped", reason=reason)


def lines(*records: Record) -> list[str]:
    run = Run(records=records)
    return table.scenario_markdown(run, table.rows(run))[0]


BASELINE = measured(case(baseline=True), 1e-3, 1.0)
GROUPED = measured(case("grouped"), 5e-7, 0.5)


def test_each_of_several_models_has_a_table_in_the_units_of_the_group() -> None:
    shown = lines(BASELINE, of_model(measured(case(), 2.0, 1.5), "resnet8"), GROUPED)
    assert [line for line in shown if line.startswith(("**", "All"))] == [
        "**batch size 1, 1 thread, cpu, 5 replicates**",
        "All are compared with simple_cnn+dense, eager fp32.",
        "**simple_cnn**",
        "**resnet8**",
    ]
    first, second = (line for line in shown if line.startswith("|"))
    assert first.splitlines()[0].split() == second.splitlines()[0].split()
    assert "simple_cnn+grouped" in first
    assert "resnet8+dense" not in first
    assert "resnet8+dense" in second


def test_one_model_alone_is_named_in_the_title() -> None:
    assert [line for line in lines(BASELINE, GROUPED) if line.startswith(("**", "All"))] == [
        "**batch size 1, 1 thread, cpu, 5 replicates**"
    ]


def test_what_was_not_had_is_listed_below_its_table_and_counted_after_it() -> None:
    noted = replace(measured(case("grouped"), 1e-3, 0.5), notes=("a note",))
    shown = lines(
        BASELINE,
        skipped("channels_last", "onnxruntime-fp32", "no torch"),
        skipped("channels_last", "openvino-fp32", "no torch"),
        skipped("tied"),
        noted,
    )
    tables = [line for line in shown if line.startswith("|")]
    assert len(tables) == 1
    assert "skipped" not in tables[0]
    assert shown[shown.index(tables[0]) + 1 :][:5] == [
        "",
        (
            "Not available: channels_last (onnxruntime fp32, openvino fp32) [2]; "
            "tied (eager fp32) [3]."
        ),
        "",
        "[1] a note",
        "",
    ]
    assert "[2] skipped: no torch" in shown


def test_a_group_of_which_nothing_was_had_has_no_table_and_no_units() -> None:
    nothing = replace(case("tied", batch_size=64), is_baseline=True)
    left = record(nothing, status="skipped", reason=REASON)
    shown = lines(BASELINE, left)
    assert len([line for line in shown if line.startswith("|")]) == 1
    assert "Not available: tied (eager fp32) [1]." in shown
    text = table.text(Run(records=(BASELINE, left)), 160).split("batch size 64")[1]
    assert "\np50" not in text
    assert "(s)" not in text
    assert "GB" not in text


def test_every_case_is_still_there() -> None:
    shown = "\n".join(table.scenario_markdown(whole_run(), table.rows(whole_run()))[0])
    assert re.search(r"^Not available: grouped \(openvino fp32\) \[\d\]\.$", shown, re.MULTILINE)
    assert len([line for line in shown.splitlines() if line.startswith("| ")]) == 2 + 13
