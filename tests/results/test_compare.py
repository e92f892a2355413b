"""Two nights of one suite: which changes are seen, and which differences are no change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import change_table
from results.change import Change, exit_code, worst
from results.compare import compare
from results.likeness import UnlikeError
from results.store import Run
from tests.results.made_up import blocks, case, quantity, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from results.record import Quantity, Record
    from tests.conftest import Golden

BASELINE = "digits-cnn/simple_cnn+dense/eager-fp32/b1"
OPENVINO = "digits-cnn/simple_cnn+dense/openvino-fp32/b1"
GROUPED = "digits-cnn/simple_cnn+grouped/eager-fp32/b1"
SECONDS = {BASELINE: 1e-3, OPENVINO: 0.25e-3, GROUPED: 1.2e-3}
YARDSTICK_S = 2e-3
LUCK = ((1.0, 1.001, 0.999, 1.0005, 0.9995), (1.0005, 0.9995, 1.001, 0.999, 1.0))
EXACT = {"params": 21840.0, "macs": 481_240.0, "host_peak_bytes": 312e6}


def night(
    *,
    machine: float = 1.0,
    slowed: dict[str, float] | None = None,
    luck: int = 0,
    replicates: int = 5,
    number: int = 1,
) -> Run:
    """A run on a machine of this relative slowness, with some cases slowed by a factor."""
    times = slowed or {}
    factors, even = LUCK[luck][:replicates], (1.0,) * replicates
    keys = (case(baseline=True), case("dense", "openvino-fp32"), case("grouped"))
    return Run(
        path=Path(f"000{number}_{str(number) * 40}_2026112{number}_000000.json"),
        records=tuple(
            record(
                key,
                [
                    *(quantity(name, value) for name, value in EXACT.items()),
                    quantity("accuracy", 0.97, n=600),
                ],
                blocks(
                    machine * SECONDS[key.id] * times.get(key.id, 1.0),
                    even if key.is_baseline else factors,
                ),
                facts={"clock": "wall", "threads": "1"},
                yardstick_blocks=blocks(machine * YARDSTICK_S, LUCK[1 - luck][:replicates])
                if key.is_baseline
                else (),
            )
            for key in keys
        ),
        environment={
            "cpu_model": "AMD EPYC 9R14",
            "gpu": None,
            "driver": None,
            "python": "3.11.7",
            "libraries": {"torch": "2.13.0", "openvino": "2026.4"},
        },
    )


def edited(run: Run, which: str, edit: Callable[[Record], Record]) -> Run:
    """The run with one record changed."""
    return replace(run, records=tuple(edit(r) if r.case.id == which else r for r in run.records))


def with_value(name: str, value: float, n: int | None = None) -> Callable[[Record], Record]:
    """Set one metric of a record."""

    def edit(old: Record) -> Record:
        kept: tuple[Quantity, ...] = tuple(q for q in old.quantities if q.metric.name != name)
        return replace(old, quantities=(*kept, quantity(name, value, n=n)))

    return edit


def without(name: str) -> Callable[[Record], Record]:
    """Take one metric away from a record."""
    return lambda old: replace(
        old, quantities=tuple(q for q in old.quantities if q.metric.name != name)
    )


def failed(old: Record) -> Record:
    """The record of a case that could not be measured."""
    return record(old.case, status="failed", reason="timed out after 120 s")


def verdicts(changes: list[Change], metric: str = "latency") -> dict[str, str]:
    return {change.case: change.verdict for change in changes if change.metric == metric}


SAME = dict.fromkeys((BASELINE, OPENVINO, GROUPED), "same")


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
    ("name", "value", "n", "verdict"),
    [
        ("params", 21841, None, "larger"),
        ("params", 21839, None, "smaller"),
        ("macs", 481_240, None, "same"),
        ("host_peak_bytes", 312e6 * 1.019, None, "same"),
        ("host_peak_bytes", 312e6 * 1.03, None, "larger"),
        ("host_peak_bytes", 312e6 * 0.9, None, "smaller"),
        ("accuracy", 0.97 - 5 / 600, 600, "same"),
        ("accuracy", 0.97 - 6 / 600, 600, "wrong"),
        ("accuracy", 0.97 + 6 / 600, 600, "better"),
        ("accuracy", 0.97, 500, "incomparable"),
        ("artifact_bytes", 88_432, None, "new"),
    ],
)
def test_what_has_no_noise_needs_no_statistics(
    name: str, value: float, n: int | None, verdict: str
) -> None:
    head = edited(night(), OPENVINO, with_value(name, value, n))
    assert verdicts(compare(night(), head), name)[OPENVINO] == verdict


def test_accuracy_of_an_unknown_number_of_images_is_exact() -> None:
    base = edited(night(), OPENVINO, with_value("accuracy", 0.97))
    head = edited(night(), OPENVINO, with_value("accuracy", 0.9699))
    assert verdicts(compare(base, base), "accuracy")[OPENVINO] == "same"
    assert verdicts(compare(base, head), "accuracy")[OPENVINO] == "wrong"


def test_a_number_that_is_no_longer_measured_is_missing() -> None:
    changes = compare(night(), edited(night(), OPENVINO, without("accuracy")))
    assert verdicts(changes, "accuracy")[OPENVINO] == "missing"
    assert exit_code(changes) == 1


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


@pytest.mark.parametrize(
    "fact", ["clock", "boundary", "provider", "precision", "threads", "cores", "data_sha256"]
)
def test_a_case_measured_in_another_way_is_incomparable(fact: str) -> None:
    def other(old: Record) -> Record:
        return replace(old, facts={**old.facts, fact: "other"})

    changes = compare(night(), edited(night(), OPENVINO, other))
    (change,) = [each for each in changes if each.case == OPENVINO]
    assert change.verdict == "incomparable"
    assert change.why.startswith(f"{fact}: ")
    assert change.why.endswith(", then other")
    assert exit_code(changes) == 3


def in_environment(**changed: object) -> Run:
    return replace(night(number=2), environment={**night().environment, **changed})


TORCH = {"torch": "2.14.0", "openvino": "2026.4"}


def test_runs_of_other_machines_and_libraries_are_refused_naming_each_difference() -> None:
    head = in_environment(gpu="NVIDIA H100", driver="570.1", python="3.12.1", libraries=TORCH)
    with pytest.raises(UnlikeError) as caught:
        compare(night(), head)
    assert str(caught.value) == (
        "0001 and 0002 are not comparable: gpu: none, then NVIDIA H100; driver: none, then 570.1; "
        "python: 3.11.7, then 3.12.1; torch: 2.13.0, then 2.14.0; compare runs of one machine"
    )


def test_a_library_that_is_allowed_may_differ_and_no_other() -> None:
    head = in_environment(libraries=TORCH)
    assert exit_code(compare(night(), head, ["torch"])) == 0
    with pytest.raises(UnlikeError, match=r"torch: 2\.13\.0, .*; allow them with --allow NAME"):
        compare(night(), head, ["openvino"])
    fewer = in_environment(libraries={"torch": "2.13.0"})
    with pytest.raises(UnlikeError, match=r"openvino: 2026\.4, then none"):
        compare(night(), fewer)


def test_an_unknown_library_cannot_be_allowed() -> None:
    with pytest.raises(UnlikeError, match="--allow tensorrt: neither run has such a library"):
        compare(night(), night(), ["tensorrt"])


@pytest.mark.parametrize("harmless", [{"load": 9.0}, {"commit": "abc"}, {"governor": "powersave"}])
def test_what_does_not_decide_speed_may_differ(harmless: dict[str, object]) -> None:
    assert exit_code(compare(night(), in_environment(**harmless))) == 0


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


def several_changes() -> tuple[Run, Run]:
    """Something of everything that a comparison can say."""
    extra = record(case("half_width"), [quantity("params", 5544)], blocks(0.7e-3))
    lost = record(case("prune_unstructured@amount=0.8"), [], blocks(1e-3))
    base, head = night(), night(machine=1.2, slowed={OPENVINO: 1.05}, luck=1, number=2)
    head = edited(head, BASELINE, with_value("params", 21_850))
    head = edited(head, GROUPED, with_value("accuracy", 0.95, 600))
    skipped = record(case("grouped", "onnxruntime-fp32"), status="skipped", reason="not installed")
    return (
        replace(base, records=(*base.records, lost, skipped)),
        replace(head, records=(*head.records, extra, skipped)),
    )


@pytest.mark.parametrize("width", [100, 160])
def test_text_looks_like_this(golden: Golden, width: int) -> None:
    base, head = several_changes()
    golden(f"compare_{width}.txt", change_table.text(base, head, compare(base, head), width))


def test_json_looks_like_this(golden: Golden) -> None:
    base, head = several_changes()
    golden("compare.json", change_table.json(base, head, compare(base, head)))


def test_json_has_exactly_these_keys() -> None:
    base, head = several_changes()
    whole = json.loads(change_table.json(base, head, compare(base, head)))
    assert list(whole) == ["base", "head", "changes", "worst"]
    keys = ["case", "metric", "ratio", "low", "high", "verdict", "why"]
    assert all(list(each) == keys for each in whole["changes"])
    assert whole["worst"] == "wrong"


def test_nothing_in_common_is_no_success() -> None:
    empty = replace(night(), records=())
    assert compare(empty, empty) == []
    assert (worst([]), exit_code([])) == (None, 3)
    assert "nothing to compare" in change_table.text(empty, empty, [], 160)


@pytest.mark.parametrize(
    ("names", "worst_of_them", "code"),
    [
        (["same", "faster"], "same", 0),
        (["faster"], "faster", 0),
        (["same", "inconclusive", "better"], "inconclusive", 3),
        (["incomparable", "inconclusive"], "incomparable", 3),
        (["inconclusive", "larger"], "larger", 1),
        (["missing", "slower"], "missing", 1),
        (["wrong", "missing"], "wrong", 1),
    ],
)
def test_the_worst_verdict_decides_the_exit_code(
    names: list[str], worst_of_them: str, code: int
) -> None:
    changes = [Change(case="a", metric="m", verdict=n, why="") for n in names]  # type: ignore[arg-type]
    assert (worst(changes), exit_code(changes)) == (worst_of_them, code)
