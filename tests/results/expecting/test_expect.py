"""A run against expected values, and expected values from a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.expecting import expected
from results.expecting.expect import Checked, check, exit_code, updated
from results.expecting.expected import METRICS
from results.judging import controls
from tests.results.made_up import case, quantity, record
from tests.results.nights import (
    BASELINE,
    GROUPED,
    OPENVINO,
    edited,
    failed,
    night,
    with_value,
    without,
)

if TYPE_CHECKING:
    from results.record import Record

RECORDS = night().records
TABLE = updated([], RECORDS).table


def found(records: tuple[Record, ...]) -> dict[tuple[str, str], str]:
    """The verdicts that are not "same"."""
    return {
        (each.case, each.metric): each.verdict
        for each in check(TABLE, records)
        if each.verdict != "same"
    }


def code(records: tuple[Record, ...]) -> int:
    return exit_code([check(TABLE, records)])


def on_gpu(old: Record) -> Record:
    return replace(old, case=replace(old.case, id=f"{old.case.id}/cuda0", device="cuda:0"))


def twin(old: Record) -> Record:
    facts = {controls.FACT: controls.TWIN}
    return replace(old, case=replace(old.case, id=f"{old.case.id}/twin"), facts=facts)


def test_a_table_expects_what_the_run_has_of_each_exact_metric() -> None:
    assert [(one.case, one.metric, str(one.value)) for one in TABLE[:3]] == [
        (BASELINE, "params", "21840"),
        (BASELINE, "macs", "481240"),
        (BASELINE, "accuracy", "0.970000"),
    ]
    assert found(RECORDS) == {}
    assert code(RECORDS) == 0


@pytest.mark.parametrize(
    ("metric", "value", "verdict"),
    [
        ("params", 21841, "larger"),
        ("params", 21839, "smaller"),
        ("accuracy", 0.97 - 6 / 600, "wrong"),
        ("accuracy", 0.97 + 6 / 600, "better"),
    ],
)
def test_a_value_that_is_off_either_way_fails(metric: str, value: float, verdict: str) -> None:
    head = edited(night(), OPENVINO, with_value(metric, value, 600)).records
    assert found(head) == {(OPENVINO, metric): verdict}
    assert code(head) == 1


def test_a_value_within_its_tolerance_passes() -> None:
    head = edited(night(), OPENVINO, with_value("accuracy", 0.97 - 5 / 600, 600)).records
    assert found(head) == {}
    assert code(head) == 0


def test_a_case_that_was_not_measured_is_missing() -> None:
    assert found(RECORDS[:2]) == {(GROUPED, "status"): "missing"}
    assert code(RECORDS[:2]) == 3
    head = edited(night(), GROUPED, failed).records
    (told,) = [each for each in check(TABLE, head) if each.verdict == "missing"]
    assert told.found == "failed: timed out after 120 s"
    assert code(head) == 3


def test_what_was_expected_and_found_is_told_as_far_as_it_is_there() -> None:
    head = edited(night(), GROUPED, without("accuracy"))
    head = edited(head, OPENVINO, with_value("artifact_bytes", 88_432))
    told = {each.verdict: each for each in check(TABLE, head.records[1:])}
    cells = {name: (one.expected, one.found, one.tolerance) for name, one in told.items()}
    assert cells == {
        "same": ("481,240", "481,240", "0"),
        "missing": ("0.97", "", "0.0092"),
        "new": ("", "88,432", ""),
    }
    (gone,) = [each for each in check(TABLE, head.records[1:]) if each.metric == "status"]
    assert (gone.case, gone.expected, gone.found) == (BASELINE, "measured", "not in the run")


@pytest.mark.parametrize("seeds", [1, 3, 5])
def test_a_mean_over_seeds_may_be_off_by_as_many_images_of_the_test_set(seeds: int) -> None:
    """Each seed has seen all of it, and its number of images is the sum."""
    trained = record(
        case(), [quantity("training_seeds", seeds), quantity("accuracy", 0.97, n=600 * seeds)]
    )
    (line,) = updated([], [trained]).table
    assert str(line.tolerance) == "0.0092"


def test_a_value_that_is_no_longer_measured_is_missing() -> None:
    head = edited(night(), GROUPED, without("accuracy")).records
    assert found(head) == {(GROUPED, "accuracy"): "missing"}
    assert code(head) == 3


def test_a_value_that_is_off_outweighs_one_that_is_missing() -> None:
    head = edited(night(), OPENVINO, with_value("params", 1)).records[:2]
    assert code(head) == 1


def test_what_the_table_does_not_have_is_told_and_passes() -> None:
    extra = record(case("half_width"), [quantity("params", 5544)])
    head = edited(night(), OPENVINO, with_value("artifact_bytes", 88_432)).records
    skipped = record(case("half_width", "openvino-fp32"), status="skipped", reason="no engine")
    assert found((*head, extra, skipped)) == {
        (OPENVINO, "artifact_bytes"): "new",
        (extra.case.id, "status"): "new",
    }
    assert code((*head, extra)) == 0


def test_a_run_without_any_case_of_a_table_fails() -> None:
    assert exit_code([]) == 3
    assert exit_code([check(TABLE, [])]) == 3
    assert exit_code([check([], RECORDS)]) == 3
    assert exit_code([check(TABLE, RECORDS), check([], RECORDS)]) == 3


def test_cases_of_another_device_are_neither_judged_nor_dropped() -> None:
    on_both = updated(TABLE, tuple(map(on_gpu, RECORDS)))
    assert on_both.dropped == ()
    assert len(on_both.table) == 2 * len(TABLE)
    assert {each.case for each in check(on_both.table, RECORDS)} == {BASELINE, OPENVINO, GROUPED}
    assert updated(on_both.table, RECORDS[:2]).dropped == (GROUPED,)


def test_the_copy_of_the_baseline_is_not_expected() -> None:
    with_twin = (*RECORDS, twin(RECORDS[0]))
    assert updated([], with_twin).table == TABLE
    assert found(with_twin) == {}


def test_an_edited_tolerance_is_kept() -> None:
    (wider,) = expected.parsed(
        f"case,metric,value,tolerance\n{OPENVINO},accuracy,0.9,0.1", "edited.csv"
    )
    others = tuple(one for one in TABLE if (one.case, one.metric) != (OPENVINO, "accuracy"))
    table = {(one.case, one.metric): one for one in updated((*others, wider), RECORDS).table}
    assert str(table[OPENVINO, "accuracy"].tolerance) == "0.1"
    assert str(table[OPENVINO, "accuracy"].value) == "0.970000"
    assert str(table[GROUPED, "accuracy"].tolerance) == "0.0092"


def test_a_case_tried_in_vain_is_kept_and_one_that_is_gone_is_dropped() -> None:
    head = edited(night(), GROUPED, failed).records
    update = updated(TABLE, (head[0], head[2]))
    assert (update.kept, update.dropped) == ((GROUPED,), (OPENVINO,))
    assert expected.text(update.table) == expected.text(o for o in TABLE if o.case != OPENVINO)


def test_a_metric_that_is_no_longer_measured_is_dropped() -> None:
    head = edited(night(), GROUPED, without("accuracy")).records
    gone = set(TABLE) - set(updated(TABLE, head).table)
    assert {(one.case, one.metric) for one in gone} == {(GROUPED, "accuracy")}


def test_a_case_that_was_only_built_has_numbers() -> None:
    built = replace(RECORDS[2], status="built")
    assert found((*RECORDS[:2], built)) == {}


@pytest.mark.parametrize(
    ("checked", "why"),
    [
        (
            Checked(
                case="a", metric="params", verdict="larger", expected="1", found="2", tolerance="0"
            ),
            "expected 1, found 2, tolerance 0",
        ),
        (
            Checked(case="a", metric="status", verdict="new", found="measured"),
            "expected nothing, found measured",
        ),
        (
            Checked(case="a", metric="macs", verdict="missing", expected="1", tolerance="0"),
            "expected 1, found nothing, tolerance 0",
        ),
    ],
)
def test_a_change_says_what_was_expected_and_found(checked: Checked, why: str) -> None:
    assert (checked.change.verdict, checked.change.why) == (checked.verdict, why)


def test_a_ratio_is_found_over_expected() -> None:
    head = edited(night(), OPENVINO, with_value("params", 10920)).records
    ratios = {(each.case, each.metric): each.ratio for each in check(TABLE, head)}
    assert ratios[OPENVINO, "params"] == 0.5
    nothing = edited(night(), OPENVINO, with_value("params", 0)).records
    (none,) = [c for c in check(updated([], nothing).table, head) if c.verdict == "larger"]
    assert none.ratio is None


numbers = st.integers(0, 10**12).map(float)
quantities = st.fixed_dictionaries(
    {},
    optional={
        **{metric: numbers for metric in METRICS if metric != "accuracy"},
        "accuracy": st.floats(0.0, 1.0),
    },
).map(lambda values: [quantity(name, value, n=600) for name, value in values.items()])
many = st.lists(quantities, min_size=1, max_size=4).map(
    lambda each: tuple(record(case(batch_size=1 + i), own) for i, own in enumerate(each))
)


@given(many)
def test_a_run_is_always_within_the_table_made_from_it(records: tuple[Record, ...]) -> None:
    table = list(expected.parsed(expected.text(updated([], records).table), "x.csv"))
    assert {each.verdict for each in check(table, records)} <= {"same", "new"}
    again = updated(table, records)
    assert expected.text(again.table) == expected.text(table)
    assert (again.kept, again.dropped) == ((), ())
