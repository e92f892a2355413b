"""What techniques promised and what they left of the time, through whole runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.judging import controls, promise
from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, quantity, record

if TYPE_CHECKING:
    from results.judging.row import Row
    from results.record import Record

BASELINE = measured(case(baseline=True), 1e-3, 1.0, macs=1000)
SIBLING = measured(case("dense", "openvino-fp32"), 1e-3, 0.25, macs=1000)


def half(time: float, target: str = "openvino-fp32") -> Record:
    return measured(case("half_width", target), 1e-3, time, macs=500)


def row(wanted: Record, *others: Record) -> Row:
    found = table.rows(Run(records=(wanted, *others)))
    return next(each for each in found if each.record is wanted)


def test_time_is_that_over_the_dense_network_on_the_same_engine_and_precision() -> None:
    data = row(half(0.15), BASELINE, SIBLING).as_dict()
    assert data["promised"] == 0.5
    assert data["realised"] == pytest.approx(0.6)
    assert data["realised_low"] <= data["realised"] <= data["realised_high"]
    assert data["realised_over_promised"] == pytest.approx(1.2)
    assert data["ratio"] == pytest.approx(0.15)


def test_on_the_baselines_engine_it_is_the_ratio_itself() -> None:
    data = row(half(0.7, "eager-fp32"), BASELINE).as_dict()
    assert (data["realised"], data["realised_low"]) == (data["ratio"], data["ratio_low"])


def test_without_the_dense_network_on_that_engine_only_the_promise_is_known() -> None:
    failed = record(SIBLING.case, status="failed", reason="killed")
    for others in [(BASELINE,), (BASELINE, failed)]:
        data = row(half(0.15), *others).as_dict()
        assert (data["promised"], data["realised"]) == (0.5, None)
        assert data["realised_over_promised"] is None


def test_a_dense_network_promises_nothing() -> None:
    data = row(SIBLING, BASELINE).as_dict()
    assert (data["promised"], data["realised"]) == (None, None)


def test_another_models_dense_network_says_nothing() -> None:
    other = replace(half(0.15), case=replace(half(0.15).case, model="resnet8"))
    data = row(other, BASELINE, SIBLING).as_dict()
    assert (data["promised"], data["realised"], data["accuracy_verdict"]) == (None, None, None)


def test_a_copy_of_the_baseline_is_nobodys_dense_network() -> None:
    copy = replace(
        measured(case(), 1e-3, 2.0), facts={controls.FACT: controls.TWIN, "clock": "wall"}
    )
    assert row(half(0.7, "eager-fp32"), copy, BASELINE).as_dict()["realised"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("time", "note"),
    [
        pytest.param(0.15, None, id="faster"),
        pytest.param(0.25, promise.UNKEPT, id="same"),
        pytest.param(0.35, promise.UNKEPT, id="slower"),
    ],
)
def test_a_promise_that_was_not_kept_is_told(time: float, note: str | None) -> None:
    notes = row(half(time), BASELINE, SIBLING).notes
    assert list(notes) == ([note] if note else [])


def test_a_promise_that_noise_hides_is_told_as_that() -> None:
    noisy = measured(
        case("half_width", "openvino-fp32"), 1e-3, 0.24, macs=500, factors=(0.8, 1.3, 1.0, 0.9, 1.2)
    )
    assert promise.UNCLEAR in row(noisy, BASELINE, SIBLING).notes


def test_what_promised_no_less_work_is_not_blamed_for_taking_as_long() -> None:
    zeros = measured(case("prune_unstructured", "openvino-fp32"), 1e-3, 0.25, macs=1000)
    assert row(zeros, BASELINE, SIBLING).notes == ()


def test_what_has_no_counted_macs_has_no_promise() -> None:
    bare = record(case("half_width"), [quantity("params", 1)], BASELINE.blocks)
    data = row(bare, BASELINE).as_dict()
    assert (data["promised"], data["realised"]) == (None, 1.0)
