"""Choosing: the front that nothing beats, and picks within limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results import table
from results.choice import Choice, Limits, choose, frontier, groups
from results.controls import FACT, TWIN
from results.store import Run
from tests.results.made_up import EVEN, blocks, case, predicted, quantity, record

if TYPE_CHECKING:
    from results.row import Row

Numbers = tuple[float, float, float]  # time over the baseline, MB, accuracy


def group(*variants: Numbers) -> tuple[Row, ...]:
    """A baseline of 300 MB and 0.95, and one variant for each triple."""
    keys = [case(baseline=True), *(case(f"v{number}") for number in range(len(variants)))]
    records = [
        record(
            key,
            [
                quantity("host_peak_bytes", memory * 1e6),
                quantity("accuracy", accuracy, n=1000),
                quantity("throughput_per_s", 1000.0 / time),
                quantity("macs", 1000.0 * time),
            ],
            blocks(1e-3 * time, EVEN) if key.is_baseline else blocks(1e-3 * time),
        )
        for key, (time, memory, accuracy) in zip(keys, [(1.0, 300.0, 0.95), *variants], strict=True)
    ]
    (found,) = groups(table.rows(Run(records=tuple(records))))
    return found


def names(rows: list[Row] | tuple[Row, ...]) -> list[str]:
    return ["+".join(row.record.case.techniques) for row in rows]


def pick(rows: tuple[Row, ...], **limits: float) -> Choice:
    return choose(rows, Limits(**limits))


def test_the_front_holds_what_is_best_in_one_of_the_three() -> None:
    rows = group((0.5, 300.0, 0.90), (0.7, 100.0, 0.90), (0.8, 200.0, 0.89), (2.0, 400.0, 0.97))
    front, beaten = frontier(rows)
    assert names(front) == ["v0", "v1", "dense", "v3"]
    assert [(names([row]), names([better])) for row, better in beaten] == [(["v2"], ["v1"])]


def test_two_that_are_equal_do_not_beat_each_other() -> None:
    front, beaten = frontier(group((0.5, 100.0, 0.95), (0.5, 100.0, 0.95)))
    assert names(front) == ["v0", "v1"]
    assert names([row for row, _ in beaten]) == ["dense"]


numbers = st.tuples(
    st.sampled_from([0.5, 0.7, 1.0, 1.5]),
    st.sampled_from([50.0, 100.0, 300.0]),
    st.sampled_from([0.8, 0.9, 0.95]),
)


@given(st.lists(numbers, max_size=6))
def test_each_variant_is_in_the_front_or_beaten_by_one_that_is(variants: list[Numbers]) -> None:
    rows = group(*variants)
    front, beaten = frontier(rows)
    assert sorted(names([*front, *(row for row, _ in beaten)])) == sorted(names(rows))
    assert all(better in front for _, better in beaten)


def test_a_variant_without_accuracy_is_not_on_the_front() -> None:
    rows = group((0.5, 100.0, 0.95))
    bare = record(case("bare"), [quantity("host_peak_bytes", 1e6)], blocks(1e-4))
    (found,) = groups(table.rows(Run(records=(*(row.record for row in rows), bare))))
    front, beaten = frontier(found)
    assert "bare" not in names([*front, *(row for row, _ in beaten)])
    assert names(pick(found).fitting)[0] == "bare"
    (reason,) = [why for _, why in pick(found, accuracy_drop=0.1).fallen]
    assert reason == "its accuracy was not measured"


def test_a_copy_of_the_baseline_is_not_to_be_chosen() -> None:
    rows = group((0.5, 100.0, 0.95))
    copy = record(case("copy"), own_blocks=blocks(1e-3), facts={FACT: TWIN})
    (found,) = groups(table.rows(Run(records=(*(row.record for row in rows), copy))))
    assert names(found) == ["dense", "v0"]


def test_the_pick_is_the_fastest_that_fits() -> None:
    rows = group((0.5, 100.0, 0.90), (0.7, 120.0, 0.945), (0.8, 50.0, 0.95))
    chosen = pick(rows, accuracy_drop=0.01, memory_bytes=200e6)
    assert names(chosen.fitting) == ["v1", "v2"]
    assert {names([row])[0]: why for row, why in chosen.fallen} == {
        "dense": "needs 300 MB of memory, at most 200 MB",
        "v0": "loses 5.00 points of accuracy, at most 1",
    }


def test_a_drop_of_exactly_the_limit_fits() -> None:
    assert names(pick(group((0.5, 100.0, 0.945)), accuracy_drop=0.005).fitting) == ["v0", "dense"]


def test_throughput_is_a_limit_too() -> None:
    chosen = pick(group((0.5, 100.0, 0.95)), throughput_per_s=1500.0)
    assert names(chosen.fitting) == ["v0"]
    assert [why for _, why in chosen.fallen] == ["1000 samples per s, at least 1500"]


def test_what_was_not_measured_falls_out_with_its_reason() -> None:
    rows = group((0.5, 100.0, 0.95))
    lost = record(case("lost"), status="skipped", reason="openvino is not installed")
    (found,) = groups(table.rows(Run(records=(*(row.record for row in rows), lost))))
    assert [why for _, why in pick(found).fallen] == ["skipped: openvino is not installed"]


def judged(*right: int) -> tuple[Row, ...]:
    """A baseline with 950 of 1,000 images right, and faster variants with so many, v0 first."""
    rows = [(1.0, 950), *((0.5 - 0.1 * place, each) for place, each in enumerate(right))]
    keys = [case(baseline=True), *(case(f"v{number}") for number in range(len(right)))]
    records = [
        record(
            key,
            [quantity("host_peak_bytes", 1e8), quantity("accuracy", first / 1000, n=1000)],
            blocks(1e-3 * time, EVEN),
            predictions=predicted(first, 1000),
        )
        for key, (time, first) in zip(keys, rows, strict=True)
    ]
    (found,) = groups(table.rows(Run(records=tuple(records))))
    return found


def test_where_no_drop_is_named_what_is_worse_than_dense_falls_out() -> None:
    chosen = pick(judged(949, 944, 930))
    assert names(chosen.fitting) == ["v0", "dense"]
    reasons = {names([row])[0]: why for row, why in chosen.fallen}
    assert reasons["v1"].startswith("accuracy is worse than dense: 94.4 % after 95 %: 6 images")
    assert set(reasons) == {"v1", "v2"}
    assert names(pick(judged(949, 944, 930), accuracy_drop=0.01).fitting) == ["v1", "v0", "dense"]


def test_another_models_accuracy_is_held_against_the_baselines_too() -> None:
    rows = judged(930)
    small = rows[1].record
    other = replace(small, case=replace(small.case, model="small_cnn", techniques=("dense",)))
    (found,) = groups(table.rows(Run(records=(rows[0].record, other))))
    assert [row.variant for row in found] == ["simple_cnn+dense", "small_cnn+dense"]
    assert [why for _, why in pick(found).fallen] == [
        "accuracy of 93 % is below 99 % of the baseline's 95 %"
    ]


def test_on_the_front_an_equal_accuracy_counts_as_the_dense_networks() -> None:
    front, beaten = frontier(judged(949, 940))
    assert names(front) == ["v1", "v0"]
    assert [(names([row]), names([better])) for row, better in beaten] == [(["dense"], ["v0"])]


def test_trainings_are_nothing_to_choose_from() -> None:
    rows = group((0.5, 100.0, 0.95))
    trains = {"task": "training"}
    records = [replace(row.record, facts=trains) for row in rows]
    assert groups(table.rows(Run(records=tuple(records)))) == []


@pytest.mark.parametrize(("second", "close"), [(0.5003, True), (0.6, False)])
def test_two_whose_intervals_overlap_are_told_to_be_close(second: float, *, close: bool) -> None:
    chosen = pick(group((0.5, 100.0, 0.95), (second, 100.0, 0.95)))
    assert chosen.is_close is close
