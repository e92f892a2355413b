from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.paired import Pair, changes, unmeasured
from results.judging import stats
from results.judging.change import Change, exit_code
from tests.results.made_up import blocks, case, predicted, quantity, record

if TYPE_CHECKING:
    from results.record import Record, Status

KEY = case("half_width")


def version(times: float = 1.0, bytes_: float = 4096.0) -> Record:
    quantities = [quantity("params", 1000.0), quantity("artifact_bytes", bytes_)]
    luck = (1.0, 1.001, 0.999, 1.0005, 0.9995) if times != 1.0 else (1.0,) * 5
    return record(KEY, quantities, blocks(1e-3 * times, luck), facts={"clock": "wall"})


def ended(status: Status, reason: str = "no beads") -> Record:
    return record(KEY, status=status, reason=reason)


def pair(base: Record, head: Record, margin: float = 0.01) -> Pair:
    ratio = stats.ratio(head.blocks, base.blocks)
    return Pair(base=base, head=head, ratio=ratio, margin=margin)


def only(base: Record, head: Record) -> Change:
    (found,) = changes([pair(base, head)])
    return found


@pytest.mark.parametrize(
    ("times", "verdict", "code"),
    [(1.0, "same", 0), (1.004, "same", 0), (1.05, "slower", 1), (0.9, "faster", 0)],
)
def test_time_divides_time(times: float, verdict: str, code: int) -> None:
    found = only(version(), version(times))
    assert (found.case, found.metric, found.verdict) == (KEY.id, "latency", verdict)
    assert found.ratio == pytest.approx(times, rel=1e-3)
    assert found.low is not None
    assert found.high is not None
    assert exit_code([found]) == code


def test_each_pair_has_its_margin() -> None:
    other = case("grouped")
    strict = pair(version(), version(1.05))
    lax = pair(replace(version(), case=other), replace(version(1.05), case=other), margin=0.06)
    assert [each.verdict for each in changes([strict, lax])] == ["slower", "same"]


def test_times_are_corrected_over_all_cases() -> None:
    """A p-value just small enough alone is not among many that say nothing."""
    base, head = version(), version(1.03)
    wobbly = replace(head, blocks=blocks(1.03e-3, (0.985, 1.015, 1.0, 0.99, 1.01)))
    ratio = stats.ratio(wobbly.blocks, base.blocks)
    assert ratio is not None
    assert ratio.p_value is not None
    assert 0.001 < ratio.p_value < 0.02
    assert only(base, wobbly).verdict == "slower"
    keys = [case(f"grouped@groups={number}") for number in range(60)]
    others = [pair(replace(version(), case=key), replace(version(), case=key)) for key in keys]
    (first, *_) = changes([pair(base, wobbly), *others])
    assert first.verdict == "inconclusive"


def test_what_has_no_clock_is_told_where_it_differs() -> None:
    found = changes([pair(version(), version(bytes_=5120.0))])
    assert [(each.metric, each.verdict) for each in found] == [
        ("latency", "same"),
        ("artifact_bytes", "larger"),
    ]
    assert found[1].ratio == 1.25


@pytest.mark.parametrize(
    ("bytes_", "margin", "verdict"),
    [(4097.0, 0.0, "larger"), (4097.0, 0.01, "same"), (4200.0, 0.01, "larger")],
)
def test_sizes_may_differ_as_much_as_exporters_do_where_that_is_asked(
    bytes_: float, margin: float, verdict: str
) -> None:
    _, found = changes([pair(version(), version(bytes_=bytes_))], margin)
    assert (found.metric, found.verdict) == ("artifact_bytes", verdict)


def test_accuracies_are_corrected_over_all_cases() -> None:
    def said(name: str, right: int) -> Record:
        key = case(name)
        share = quantity("accuracy", right / 600, n=600)
        return replace(
            version(), case=key, quantities=(share,), predictions=predicted(right, images=600)
        )

    lost = pair(said("half_width", 600), said("half_width", 592))
    names = [f"grouped@groups={groups}" for groups in range(2, 20)]
    luck = [pair(said(name, 599), said(name, 598)) for name in names]
    alone = [each.verdict for each in changes([lost]) if each.metric == "accuracy"]
    among = [each.verdict for each in changes([lost, *luck]) if each.metric == "accuracy"]
    assert (alone, among[0], set(among[1:])) == (["wrong"], "inconclusive", {"same"})


def test_a_head_that_fails_is_worse() -> None:
    found = only(version(), ended("failed"))
    assert (found.metric, found.verdict, found.why) == ("status", "missing", "failed: no beads")
    assert exit_code([found]) == 1


def test_a_base_that_fails_is_not() -> None:
    found = only(ended("failed"), version())
    assert (found.verdict, exit_code([found])) == ("new", 0)
    assert found.why == "base: failed: no beads"


@pytest.mark.parametrize(
    ("base", "head"), [("failed", "failed"), ("skipped", "failed"), ("failed", "skipped")]
)
def test_nothing_can_be_told_where_a_side_fails_and_the_other_has_nothing(
    base: Status, head: Status
) -> None:
    found = only(ended(base), ended(head, "no thread"))
    assert (found.verdict, exit_code([found])) == ("incomparable", 3)
    assert found.why == (
        f"measured on neither side: base {base} (no beads); head {head} (no thread)"
    )


def test_what_is_skipped_on_both_sides_is_no_change_but_told() -> None:
    pairs = [pair(ended("skipped"), ended("skipped", "no thread")), pair(version(), version())]
    assert [each.metric for each in changes(pairs)] == ["latency"]
    assert [each.reason for each in unmeasured(pairs)] == ["no thread"]


def test_unlike_facts_are_incomparable() -> None:
    found = only(version(), replace(version(1.5), facts={"clock": "cuda_events"}))
    assert (found.metric, found.verdict) == ("status", "incomparable")
    assert found.why == "clock: wall, then cuda_events"
