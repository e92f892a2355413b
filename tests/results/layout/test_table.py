"""What readers see: whole tables against golden files, and the rules behind their columns."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.layout import table
from results.record import OF_CLASS, Metric, Quantity
from results.store import Run
from tests.results.made_up import blocks, case, measured, quantity, record, whole_run

if TYPE_CHECKING:
    from tests.conftest import Golden

KEYS = [
    *("case", "scenario", "model", "techniques", "engine", "precision", "device"),
    *("batch_size", "threads", "is_baseline"),
    "status",
    "reason",
    "latency_p50_s",
    "latency_p90_s",
    "latency_p99_s",
    "clock",
    "ratio",
    "ratio_low",
    "ratio_high",
    "replicates",
    "promised",
    "realised",
    "realised_low",
    "realised_high",
    "realised_over_promised",
    "throughput_per_s",
    "params",
    "nonzero_params",
    "macs",
    "artifact_bytes",
    "build_s",
    "host_peak_bytes",
    "device_peak_bytes",
    "engine_scratch_bytes",
    "engine_weights_bytes",
    "load_s",
    "first_inference_s",
    "ready_s",
    "cpu_s_per_sample",
    "energy_j_per_sample",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "accuracy_seeds",
    "accuracy_seeds_mean",
    "accuracy_seeds_deviation",
    "of_limit",
    "of_limit_bytes",
    "accuracy_change",
    "accuracy_change_to_dense",
    "accuracy_verdict",
    "agreement",
    "ready_ratio",
    "ready_ratio_low",
    "ready_ratio_high",
    "ready_verdict",
    "verdict",
    "data_wait_share",
    "training_seeds",
    "seeds_reached",
    "seeds_diverged",
    "target_s",
    "accuracy_at_time",
    "accuracy_at_time_low",
    "accuracy_at_time_high",
    "samples_to_target",
    "target_ratio",
    "target_ratio_low",
    "target_ratio_high",
    "target_verdict",
    "notes",
]


@pytest.mark.parametrize("width", [80, 120, 160])
def test_text_looks_like_this(golden: Golden, width: int) -> None:
    golden(f"table_{width}.txt", table.text(whole_run(), width))


def test_markdown_looks_like_this(golden: Golden) -> None:
    golden("table.md", table.markdown(whole_run()))


def test_csv_looks_like_this(golden: Golden) -> None:
    golden("table.csv", table.csv(table.rows(whole_run())))


def test_json_looks_like_this(golden: Golden) -> None:
    golden("table.json", table.json(whole_run(), table.rows(whole_run())))


def test_two_scenarios_have_their_own_tables_and_footnotes(golden: Golden) -> None:
    run = Run(
        records=(
            measured(case(baseline=True), 1e-3, 1.0, notes=["shared"]),
            measured(case(scenario="fashion-cnn", baseline=True), 2e-3, 1.0, notes=["shared"]),
            measured(case("grouped", scenario="fashion-cnn", threads=2), 1e-3, 1.0),
        ),
        margins={"fashion-cnn": 0.05},
    )
    golden("two_scenarios.txt", table.text(run, 160))


def test_a_run_without_cases_is_said_to_be_empty() -> None:
    assert table.text(Run(), 80) == "this run\n0 cases\n"
    assert table.csv([]) == ""


@pytest.mark.parametrize("width", [80, 100, 120, 140, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = table.text(whole_run(), width).splitlines()
    assert max(len(line) for line in lines) <= width


@pytest.mark.parametrize("width", [1, 20, 60])
def test_too_narrow_a_terminal_still_gets_variant_engine_memory_and_verdicts(width: int) -> None:
    shown = table.text(whole_run(), width)
    assert "prune…io=0.5" in shown
    assert "8.10x faster" in shown
    assert " 312 " in shown
    assert "worse" in shown


def test_the_public_form_has_exactly_these_keys() -> None:
    whole = json.loads(table.json(whole_run(), table.rows(whole_run())))
    assert list(whole) == ["schema", "run", "environment", "cases"]
    assert all(list(each) == [*KEYS, "quantities", "facts"] for each in whole["cases"])


def test_absent_values_are_null_and_never_0() -> None:
    cases = {each.record.case.id: each.as_dict() for each in table.rows(whole_run())}
    skipped = cases["digits-cnn/simple_cnn+grouped/openvino-fp32/b1"]
    names = KEYS[KEYS.index("latency_p50_s") : KEYS.index("notes")]
    assert {skipped[name] for name in names} == {None}


def test_counts_are_whole_numbers_however_they_were_stored() -> None:
    only = measured(case(baseline=True), 1e-3, 1.0)
    as_floats = replace(
        only, quantities=tuple(replace(q, value=float(q.value)) for q in only.quantities)
    )
    assert '"params": 21840,' in table.json(Run(), table.rows(Run(records=(as_floats,))))


def test_csv_and_json_say_the_same() -> None:
    all_rows = table.rows(whole_run())
    lines = list(csv.DictReader(io.StringIO(table.csv(all_rows))))
    assert list(lines[0]) == KEYS
    for line, row in zip(lines, all_rows, strict=True):
        data = row.as_dict()
        for name in ("ratio", "macs", "accuracy_change", "latency_p50_s", "replicates"):
            assert (float(line[name]) if line[name] else None) == data[name]
        assert line["is_baseline"] == str(data["is_baseline"]).lower()


@settings(max_examples=20, deadline=None)
@given(st.permutations(whole_run().records))
def test_the_order_in_which_cases_ran_does_not_show(records: list[table.Row]) -> None:
    run = whole_run()
    assert table.text(replace(run, records=tuple(records)), 160) == table.text(run, 160)  # type: ignore[arg-type]


def test_a_failed_baseline_leaves_the_group_without_ratios() -> None:
    run = Run(
        records=(
            record(case(baseline=True), status="failed", reason="timed out after 120 s"),
            measured(case("grouped"), 1e-3, 1.0),
        )
    )
    baseline, grouped = table.rows(run)
    assert baseline.as_dict()["ratio"] is None
    assert grouped.as_dict()["ratio"] is None
    assert grouped.as_dict()["accuracy_change"] is None
    assert grouped.verdict is not None
    assert grouped.verdict.name == "inconclusive"
    assert "no round was measured of both" in table.text(run, 160)


def test_times_of_different_clocks_have_no_ratio() -> None:
    baseline = measured(case(baseline=True), 1e-3, 1.0)
    other = replace(measured(case("grouped"), 5e-4, 0.5), facts={"clock": "cuda_events"})
    row = table.rows(Run(records=(baseline, other)))[1]
    assert row.ratio is None
    assert row.verdict is not None
    assert row.verdict.name == "inconclusive"


def test_a_case_that_failed_half_way_has_no_ratio() -> None:
    half = record(case("grouped"), (), blocks(0.002), status="failed", reason="killed")
    run = Run(records=(measured(case(baseline=True), 1e-3, 1.0), half))
    assert table.rows(run)[1].as_dict()["ratio"] is None


def test_a_metric_of_any_name_and_what_was_read_of_a_case_are_in_the_json_form() -> None:
    toy = Metric(name="gpu_power_w", unit="W", better="neither")
    own = Quantity(metric=toy, value=321.5, low=320.0, high=323.0, n=5)
    kept = record(case(baseline=True), (own,), facts={"l2": "hot"})
    (data,) = json.loads(table.json(Run(), table.rows(Run(records=(kept,)))))["cases"]
    said = {"value": 321.5, "unit": "W", "better": "neither", "low": 320.0, "high": 323.0, "n": 5}
    assert data["quantities"] == {"gpu_power_w": said}
    assert data["facts"] == {"l2": "hot"}


def test_the_accuracy_of_each_class_is_in_the_json_form_only() -> None:
    only = measured(case(baseline=True), 1e-3, 1.0)
    classes = [
        Quantity(metric=Metric(name=f"{OF_CLASS}{number}", unit="", better="higher"), value=value)
        for number, value in [(0, 0.5), (2, 1.0)]
    ]
    kept = replace(only, quantities=(*only.quantities, *classes))
    (data,) = json.loads(table.json(Run(), table.rows(Run(records=(kept,)))))["cases"]
    assert data["accuracy_by_class"] == [0.5, None, 1.0]
    assert f"{OF_CLASS}0" not in data["quantities"]
    assert "accuracy_by_class" not in table.csv(table.rows(Run(records=(kept,))))


def test_several_models_are_named_and_share_one_baseline() -> None:
    other = measured(case("half_width"), 1e-3, 0.5)
    other = replace(other, case=replace(other.case, model="resnet8"))
    run = Run(records=(other, measured(case(baseline=True), 1e-3, 1.0)))
    first, second = table.rows(run)
    assert (first.record.case.model, second.as_dict()["ratio"]) == (
        "simple_cnn",
        pytest.approx(0.5),
    )
    assert "resnet8+half_width " in table.text(run, 160)


@pytest.mark.parametrize(
    ("cores", "shown"), [(1, "1 core\n"), (2, "2 cores\n"), (None, "this run\n")]
)
def test_cores_are_counted(cores: int | None, shown: str) -> None:
    assert shown in table.text(Run(environment={"cores": cores}), 80)


def test_each_group_is_compared_with_its_own_baseline() -> None:
    run = Run(
        records=(
            measured(case(baseline=True), 1e-3, 1.0),
            measured(case("grouped"), 1e-3, 2.0),
            measured(case(baseline=True, threads=2), 1e-3, 4.0),
            measured(case("grouped", threads=2), 1e-3, 2.0),
        )
    )
    ratios = [row.as_dict()["ratio"] for row in table.rows(run)]
    assert ratios == pytest.approx([1.0, 2.0, 1.0, 0.5])


def test_the_margin_of_the_scenario_decides() -> None:
    records = measured(case(baseline=True), 1e-3, 1.0), measured(case("grouped"), 1e-3, 1.04)
    verdicts = [
        table.rows(Run(records=records, margins={"digits-cnn": margin}))[1].as_dict()["verdict"]
        for margin in (0.01, 0.05)
    ]
    assert verdicts == ["slower", "same"]


def test_the_baseline_stands_before_its_twin() -> None:
    baseline = measured(case(baseline=True), 1e-3, 1.0)
    twin = measured(replace(case(), id="a twin whose name sorts first"), 1e-3, 1.0)
    assert table.rows(Run(records=(twin, baseline)))[0].record == baseline


def test_a_note_that_a_case_has_twice_is_shown_once() -> None:
    twice = measured(case(baseline=True), 1e-3, 1.0, notes=["hot", "hot"])
    shown = table.text(Run(records=(twice,)), 160)
    assert "[1]\n" in shown
    assert "[1] [1]" not in shown


def test_a_count_too_small_for_a_unit_has_none() -> None:
    tiny = record(case(baseline=True), [quantity("macs", 640)])
    assert "| MACs |" in table.markdown(Run(records=(tiny,)))


def test_a_pipe_in_a_reason_does_not_break_markdown() -> None:
    run = Run(records=(record(case("a|b"), status="failed", reason="x"),))
    row = next(line for line in table.markdown(run).splitlines() if "| failed" in line)
    assert r"a\|b" in row


def test_what_is_no_json_is_refused_rather_than_printed() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        table.json(Run(environment={"load": float("nan")}), [])
