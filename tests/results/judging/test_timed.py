"""Which changes of time are seen, and which differences of the nights are no change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.compare import compare
from results.judging.change import exit_code
from tests.results.made_up import blocks
from tests.results.nights import BASELINE, GROUPED, OPENVINO, SAME, edited, night, verdicts

if TYPE_CHECKING:
    from results.record import Record
    from results.store import Run


@pytest.mark.parametrize(
    ("machine", "slowed", "expected"),
    [
        pytest.param(1.0, {}, {}, id="nothing"),
        pytest.param(1.37, {}, {}, id="a_slower_machine"),
        pytest.param(1.0, {OPENVINO: 1.05}, {OPENVINO: "slower"}, id="one_engine"),
        pytest.param(0.8, {OPENVINO: 1.05}, {OPENVINO: "slower"}, id="on_a_faster_machine"),
        pytest.param(1.0, {GROUPED: 0.9}, {GROUPED: "faster"}, id="one_variant_faster"),
        pytest.param(1.0, {BASELINE: 0.9}, {BASELINE: "faster"}, id="only_the_baseline_faster"),
        pytest.param(1.3, {BASELINE: 1.1}, {BASELINE: "slower"}, id="only_the_baseline_slower"),
        pytest.param(
            1.3,
            dict.fromkeys(SAME, 1.1),
            dict.fromkeys(SAME, "slower"),
            id="all_slower_by_as_much",
        ),
        pytest.param(1.0, {OPENVINO: 1.004}, {}, id="less_than_the_margin"),
    ],
)
def test_exactly_what_changed_is_called(
    machine: float, slowed: dict[str, float], expected: dict[str, str]
) -> None:
    changes = compare(night(), night(machine=machine, slowed=slowed, luck=1))
    assert verdicts(changes) == {**SAME, **expected}


def test_a_baseline_may_differ_over_the_yardstick_by_what_nights_do() -> None:
    """And what is judged over it says where it is, as the difference is in that too."""
    changes = compare(night(), night(slowed={BASELINE: 1.025}, luck=1))
    found = {change.case: change for change in changes if change.metric == "latency"}
    assert found[BASELINE].verdict == "same"
    assert found[OPENVINO].verdict == "faster"
    assert found[OPENVINO].why.endswith("the baseline itself is at 1.025 of what it was")


def test_a_change_has_its_ratio_with_interval() -> None:
    changes = compare(night(), night(slowed={OPENVINO: 1.05}, luck=1))
    (change,) = [each for each in changes if each.verdict == "slower"]
    assert change.low is not None
    assert change.high is not None
    assert change.low < 1.05 < change.high
    assert change.ratio == pytest.approx(1.05, rel=1e-3)
    assert change.why.startswith("over the baseline: p < ")


def test_the_larger_margin_of_both_runs_holds() -> None:
    base, head = night(), night(slowed={OPENVINO: 1.05}, luck=1)
    lenient = replace(base, margins={"digits-cnn": 0.06})
    assert verdicts(compare(base, head))[OPENVINO] == "slower"
    assert verdicts(compare(lenient, head))[OPENVINO] == "same"
    assert verdicts(compare(base, replace(head, margins=lenient.margins)))[OPENVINO] == "same"


def test_too_few_replicates_are_inconclusive() -> None:
    changes = compare(night(replicates=2), night(replicates=2, slowed={OPENVINO: 2.0}))
    assert set(verdicts(changes).values()) == {"inconclusive"}
    assert exit_code(changes) == 3


def test_without_a_yardstick_a_baseline_is_inconclusive_and_the_rest_says_so() -> None:
    def bare(old: Record) -> Record:
        return replace(old, yardstick_blocks=())

    changes = compare(night(), edited(night(slowed={OPENVINO: 1.05}), BASELINE, bare))
    assert verdicts(changes) == {**SAME, BASELINE: "inconclusive", OPENVINO: "slower"}
    why = next(c.why for c in changes if c.verdict == "slower")
    assert why.endswith("; whether the baseline itself changed is not known")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("wall", dict.fromkeys(SAME, "slower"), id="of_the_yardstick"),
        pytest.param("cuda_events", {**SAME, BASELINE: "inconclusive"}, id="of_a_gpu"),
    ],
)
def test_only_times_of_its_own_clock_are_divided_by_the_yardstick(
    clock: str, expected: dict[str, str]
) -> None:
    """The yardstick is faster by a twentieth and no case is: a host, whose GPU is as it was."""

    def timed(run: Run, yardstick_s: float) -> Run:
        yardstick = blocks(yardstick_s)
        return replace(
            run,
            records=tuple(
                replace(
                    each,
                    facts={"clock": clock},
                    yardstick_blocks=yardstick if each.case.is_baseline else (),
                )
                for each in run.records
            ),
        )

    changes = compare(timed(night(), 2e-3), timed(night(luck=1), 1.9e-3))
    assert verdicts(changes) == expected
    refused = [change.why for change in changes if "no ratio" in change.why]
    gpu = ["timed by cuda_events, the yardstick by wall: that is no ratio"]
    assert refused == (gpu if clock == "cuda_events" else [])


def test_a_baseline_has_moved_for_its_group_if_its_own_row_says_so() -> None:
    """However many other cases there are, by which its row was corrected once."""
    noisy = blocks(2e-3, (1.0, 1.02, 0.98, 1.04, 0.96))
    base = edited(night(), BASELINE, lambda old: replace(old, yardstick_blocks=noisy))
    changes = compare(base, night(slowed={BASELINE: 1.045}, luck=1))
    told = [change.why for change in changes if "the baseline itself got slower" in change.why]
    assert verdicts(changes)[BASELINE] == "slower"
    assert len(told) == len(SAME) - 1
