"""Which cases of two runs can be compared, and what holds of every comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.comparing import change_table
from results.comparing.compare import compare
from results.judging.change import exit_code
from results.judging.controls import FACT, TWIN
from tests.results.nights import BASELINE, GROUPED, OPENVINO, SAME, edited, failed, night, verdicts

if TYPE_CHECKING:
    from results.record import Record
    from results.store import Run


def test_cases_that_are_missing_or_newly_fail_count_as_worse() -> None:
    fewer = replace(night(), records=night().records[:2])
    assert verdicts(compare(night(), fewer), "status") == {GROUPED: "missing"}
    assert exit_code(compare(night(), fewer)) == 1
    broken = edited(night(), GROUPED, failed)
    (change,) = [c for c in compare(night(), broken) if c.metric == "status"]
    assert (change.verdict, change.why) == ("missing", "failed: timed out after 120 s")
    assert exit_code(compare(night(), broken)) == 1


def test_a_failed_baseline_leaves_the_others_inconclusive() -> None:
    changes = compare(night(), edited(night(), BASELINE, failed))
    assert verdicts(changes) == {OPENVINO: "inconclusive", GROUPED: "inconclusive"}
    assert verdicts(changes, "status") == {BASELINE: "missing"}


def test_new_and_recovered_cases_are_told_and_are_not_worse() -> None:
    fewer = replace(night(), records=night().records[:2])
    assert verdicts(compare(fewer, night()), "status") == {GROUPED: "new"}
    broken = edited(night(), GROUPED, failed)
    changes = compare(broken, night())
    assert verdicts(changes, "status") == {GROUPED: "new"}
    assert exit_code(changes) == 0


def test_what_ctrl_c_stopped_in_one_run_is_neither_missing_nor_new() -> None:
    def stopped(old: Record) -> Record:
        return replace(failed(old), reason="interrupted after 1 of 5 replicates")

    cut = edited(night(), GROUPED, stopped)
    for base, head, said in ((night(), cut, "head"), (cut, night(), "base")):
        changes = compare(base, head)
        (change,) = [each for each in changes if each.metric == "status"]
        assert (change.case, change.verdict) == (GROUPED, "incomparable")
        assert change.why == f"{said}: interrupted after 1 of 5 replicates"
        assert exit_code(changes) == 3


def test_a_case_that_neither_run_measured_is_told_and_not_judged() -> None:
    broken = edited(night(), GROUPED, failed)
    changes = compare(broken, broken)
    assert GROUPED not in {change.case for change in changes}
    assert f"Measured in neither run: {GROUPED}" in change_table.text(broken, broken, changes, 160)


def test_a_case_that_was_only_built_is_compared_by_size_alone() -> None:
    def built(old: Record) -> Record:
        return replace(old, status="built", blocks=())

    base = edited(night(), GROUPED, built)
    assert GROUPED not in verdicts(compare(base, base))
    assert verdicts(compare(base, base), "params")[GROUPED] == "same"
    assert verdicts(compare(night(), base), "status") == {GROUPED: "missing"}


times = st.sampled_from([0.5, 0.9, 0.95, 1.0, 1.05, 1.1, 2.0])
nights = st.builds(
    night,
    machine=times,
    slowed=st.dictionaries(st.sampled_from(list(SAME)), times),
    luck=st.sampled_from([0, 1]),
    replicates=st.integers(2, 5),
)


@settings(deadline=None, max_examples=30)
@given(nights)
def test_a_run_compared_with_itself_never_got_worse(run: Run) -> None:
    changes = compare(run, run)
    assert exit_code(changes) in {0, 3}
    assert all(change.ratio == pytest.approx(1.0) for change in changes)


@settings(deadline=None, max_examples=30)
@given(nights, nights)
def test_what_is_slower_one_way_is_faster_the_other(one: Run, other: Run) -> None:
    turned = {"slower": "faster", "faster": "slower"}
    there, back = verdicts(compare(one, other)), verdicts(compare(other, one))
    for name, verdict in there.items():
        if verdict in turned:  # the margin lies a little unevenly on a log scale
            assert back[name] == turned[verdict]


@settings(deadline=None, max_examples=20)
@given(st.permutations(night(slowed={OPENVINO: 1.05}).records))
def test_the_order_of_the_records_does_not_matter(records: list[Record]) -> None:
    head = replace(night(), records=tuple(records))
    changed = night(slowed={OPENVINO: 1.05})
    assert compare(night(), head) == compare(night(), changed)


def untrusted(run: Run) -> Run:
    """The same with an A/A twin that is half as slow again as the baseline."""
    baseline = next(each for each in run.records if each.case.is_baseline)
    key = replace(baseline.case, id=f"{BASELINE}/twin", is_baseline=False)
    slow = tuple(
        replace(block, durations_s=tuple(1.5 * each for each in block.durations_s))
        for block in baseline.blocks
    )
    twin = replace(
        baseline, case=key, blocks=slow, yardstick_blocks=(), facts={**baseline.facts, FACT: TWIN}
    )
    return replace(run, records=(*run.records, twin))


@pytest.mark.parametrize("side", ["base", "head"])
def test_where_a_control_failed_no_change_of_time_is_called(side: str) -> None:
    base, head = untrusted(night()), untrusted(night(slowed={GROUPED: 1.5}))
    if side == "base":
        head = replace(head, records=head.records[:-1])
    else:
        base = replace(base, records=base.records[:-1])
    changes = [each for each in compare(base, head) if each.metric == "latency"]
    assert {each.verdict for each in changes} == {"inconclusive"}
    assert all(each.why.startswith(f"{side} UNTRUSTED: ") for each in changes)
    assert "params" in {each.metric for each in compare(base, head)}
