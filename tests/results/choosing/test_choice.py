"""Choosing: picks within limits, and why the others fell out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results.choosing.better import Margins
from results.choosing.choice import Choice, Limits, choose, groups
from results.choosing.preference import FASTER
from results.judging.controls import FACT, TWIN
from results.layout import table
from results.store import Run
from tests.results.made_up import blocks, case, quantity, record
from tests.results.variants import Made, group, names, rows

if TYPE_CHECKING:
    from results.judging.row import Row


def pick(found: tuple[Row, ...], **limits: float) -> Choice:
    return choose(found, Limits(**limits), Margins())


def reasons(chosen: Choice) -> dict[str, str]:
    return {names([row])[0]: why for row, why in chosen.fallen}


def test_the_pick_is_the_fastest_that_fits() -> None:
    found = group(
        Made(time=0.5, right=900), Made(time=0.7, mb=120.0, right=945), Made(time=0.8, mb=50.0)
    )
    chosen = pick(found, accuracy_drop=0.01, memory_bytes=200e6)
    assert names(chosen.fitting) == ["v1", "v2"]
    assert chosen.decided == FASTER
    assert reasons(chosen)["dense"] == "needs 300 MB of memory, at most 200 MB"


def test_every_limit_that_is_broken_is_named() -> None:
    chosen = pick(
        group(Made(time=2.0, right=900)),
        accuracy_drop=0.01,
        memory_bytes=200e6,
        throughput_per_s=600.0,
    )
    assert reasons(chosen) == {
        "dense": "needs 300 MB of memory, at most 200 MB",
        "v0": "loses 5.00 points of accuracy, at most 1; needs 300 MB of memory, at most 200 MB; "
        "500 samples per s, at least 600",
    }


def test_one_that_fits_alone_needs_no_reason() -> None:
    chosen = pick(group(Made(mb=100.0)), memory_bytes=200e6)
    assert names(chosen.fitting) == ["v0"]
    assert chosen.decided is None


def test_a_variant_without_accuracy_fits_where_no_drop_is_named() -> None:
    bare = record(case("bare"), [quantity("host_peak_bytes", 1e6)], blocks(1e-4))
    found = rows([*(row.record for row in group(Made())), bare])
    assert names(pick(found).fitting)[0] == "bare"
    assert reasons(pick(found, accuracy_drop=0.1)) == {"bare": "its accuracy was not measured"}


def test_a_copy_of_the_baseline_is_not_to_be_chosen() -> None:
    copy = record(case("copy"), own_blocks=blocks(1e-3), facts={FACT: TWIN})
    found = rows([*(row.record for row in group(Made())), copy])
    assert names(found) == ["dense", "v0"]


def test_a_drop_of_exactly_the_limit_fits() -> None:
    assert names(pick(group(Made(right=945)), accuracy_drop=0.005).fitting) == ["v0", "dense"]


def test_throughput_is_a_limit_too() -> None:
    chosen = pick(group(Made(time=0.5)), throughput_per_s=1500.0)
    assert names(chosen.fitting) == ["v0"]
    assert reasons(chosen) == {"dense": "1000 samples per s, at least 1500"}


def test_what_reads_like_the_limit_is_told_in_more_digits() -> None:
    heavy = pick(group(Made(mb=199.172096)), memory_bytes=199e6)
    assert reasons(heavy)["v0"] == "needs 199,172,096 B of memory, at most 199 MB"
    slow = pick(group(Made(time=1.0004)), throughput_per_s=1000.0)
    assert reasons(slow) == {"v0": "999.6 samples per s, at least 1000"}


def test_what_was_not_measured_falls_out_with_its_reason() -> None:
    lost = record(case("lost"), status="skipped", reason="openvino is not installed")
    found = rows([*(row.record for row in group(Made())), lost])
    assert reasons(pick(found)) == {"lost": "skipped: openvino is not installed"}


def judged() -> tuple[Row, ...]:
    """Variants that are faster the worse they are; a baseline with 950 of 1,000 images right."""
    return group(*(Made(time=0.5 - 0.1 * n, right=each) for n, each in enumerate((949, 944, 930))))


def test_where_no_drop_is_named_what_is_worse_than_dense_falls_out() -> None:
    chosen = pick(judged())
    assert names(chosen.fitting) == ["v0", "dense"]
    worse = reasons(chosen)
    assert worse["v1"].startswith("accuracy is worse than dense: 94.4 % after 95 %: 6 images")
    assert set(worse) == {"v1", "v2"}
    assert names(pick(judged(), accuracy_drop=0.01).fitting) == ["v1", "v0", "dense"]


def test_exactly_99_percent_of_the_baseline_is_enough_for_another_model() -> None:
    baseline, small = (
        replace(row.record, quantities=(quantity("accuracy", right, n=10_000),), predictions=None)
        for row, right in zip(group(Made()), (0.81, 0.8019), strict=True)
    )
    other = replace(small, case=replace(small.case, model="small_cnn", techniques=("dense",)))
    assert 0.8019 < 0.99 * 0.81  # as computers round
    assert not pick(rows([baseline, other])).fallen


def test_another_models_accuracy_is_held_against_the_baselines_too() -> None:
    baseline, small = (row.record for row in group(Made(right=930)))
    other = replace(small, case=replace(small.case, model="small_cnn", techniques=("dense",)))
    found = rows([baseline, other])
    assert [row.variant for row in found] == ["simple_cnn+dense", "small_cnn+dense"]
    assert [why for _, why in pick(found).fallen] == [
        "accuracy of 93 % is below 99 % of the baseline's 95 %"
    ]


def test_trainings_are_nothing_to_choose_from() -> None:
    records = [replace(row.record, facts={"task": "training"}) for row in group(Made())]
    assert groups(table.rows(Run(records=tuple(records)))) == []
