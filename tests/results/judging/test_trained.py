"""What trainings are for, between two versions: seeds that arrive, and samples until then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.comparing import change_table
from results.comparing.compare import compare
from results.comparing.paired import Pair
from results.comparing.paired import changes as paired_changes
from results.judging import stats
from results.judging.change import Change, exit_code
from results.judging.trained import changes
from results.record import Metric, Quantity
from results.store import Run
from tests.results.made_up import blocks, case, record
from tests.results.nights import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.record import Record

MARGIN = 0.01
SAMPLES = (4000, 5000, 4400, 4600, 5400)
LOST: Sequence[float | None] = (4000, None, 4400, None, 5400)
GOAL = "0.9 of 287 held-out training images, within 6 epochs"


def trained(
    samples: Sequence[float | None],
    *,
    variant: str = "dense",
    look: float | None = None,
    diverged: int = 0,
    goal: str = GOAL,
) -> Record:
    """A case whose seeds reached the target after so many samples; None: never."""
    numbers: dict[str, float] = {
        f"samples_to_target_seed_{seed}": each for seed, each in enumerate(samples) if each
    }
    numbers |= {"training_seeds": len(samples), "seeds_diverged": diverged}
    if look:
        numbers["samples_per_look"] = look
    key = case(variant, "train_eager-fp32", batch_size=32, scenario="digits-training")
    quantities = [
        Quantity(metric=Metric(name=name, unit="", better="lower"), value=float(value))
        for name, value in numbers.items()
    ]
    facts = {"clock": "wall", "task": "training", "target": goal}
    return record(key, quantities, blocks(0.004), facts=facts)


def by_metric(found: Sequence[Change]) -> Mapping[str, Change]:
    return {change.metric: change for change in found}


def between(base: Record, head: Record) -> Mapping[str, Change]:
    return by_metric(list(changes([(base, head)], [MARGIN])))


def verdicts(base: Record, head: Record) -> dict[str, str]:
    return {metric: change.verdict for metric, change in between(base, head).items()}


def test_seeds_that_no_longer_arrive_are_missing() -> None:
    found = between(trained(SAMPLES), trained(LOST, diverged=1))["seeds_reached"]
    assert (found.verdict, found.ratio) == ("missing", 0.6)
    assert found.why == "3 of 5 seeds reach the target, 5 did; 1 diverged"
    assert exit_code([found]) == 1


def test_seeds_that_arrive_now_are_better() -> None:
    found = between(trained(LOST), trained(SAMPLES))
    assert {metric: change.verdict for metric, change in found.items()} == {
        "seeds_reached": "better",
        "samples_to_target": "same",
    }


def test_twice_the_samples_are_slower_and_half_of_them_faster() -> None:
    twice = [2 * each for each in SAMPLES]
    found = between(trained(SAMPLES), trained(twice))["samples_to_target"]
    assert found.verdict == "slower"
    assert found.ratio == pytest.approx(2.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 2.0 < found.high
    assert found.why.startswith("over 5 seeds: p = ")
    assert verdicts(trained(twice), trained(SAMPLES))["samples_to_target"] == "faster"


def test_other_luck_is_inconclusive() -> None:
    found = between(trained(SAMPLES), trained([each + 250 for each in SAMPLES]))
    assert found["samples_to_target"].verdict == "inconclusive"
    assert found["samples_to_target"].why.startswith("over 5 seeds: about ")


def test_seeds_that_arrive_together_are_known_to_a_look_and_more_of_them_do_not_help() -> None:
    base, head = [(each,) * 3 for each in (2000, 3000)]
    coarse = between(trained(base, look=1000), trained(head, look=1000))["samples_to_target"]
    assert (coarse.verdict, coarse.why) == (
        "inconclusive",
        "seeds arrive too few looks apart; more do not help",
    )
    fine = between(trained(base, look=50), trained(head, look=50))["samples_to_target"]
    assert fine.verdict == "slower"


def test_each_version_has_its_own_looks() -> None:
    """Half of 2,000 samples lie between two looks; of 9,000 hardly any, or the reverse."""
    few, many = (2000,) * 3, (9000,) * 3
    coarse = between(trained(few, look=1000), trained(many, look=10))["samples_to_target"]
    fine = between(trained(few, look=10), trained(many, look=1000))["samples_to_target"]
    assert coarse.low is not None
    assert fine.low is not None
    assert coarse.low < fine.low


@pytest.mark.parametrize("look", [None, 1000])
def test_equal_samples_are_the_same_trainings_whatever_lies_between_two_looks(
    look: float | None,
) -> None:
    """Three seeds at one look each would never be told apart by statistics."""
    found = between(trained((2000,) * 3, look=look), trained((2000,) * 3, look=look))
    assert {change.verdict for change in found.values()} == {"same"}
    same = found["samples_to_target"]
    assert (same.ratio, same.why) == (1.0, "the same for each of 3 seeds")


def test_only_seeds_that_arrive_in_both_are_held_against_each_other() -> None:
    """The slow ones are lost: those that are left would look faster than all."""
    found = between(trained((4000, 9000, 4400, 9500, 5400)), trained(LOST))
    assert found["samples_to_target"].verdict == "same"
    assert found["samples_to_target"].why == "the same for each of 3 seeds"


def test_a_seed_that_only_one_version_was_trained_with_is_not_held_against_the_other() -> None:
    fewer = SAMPLES[:3]
    for base, head in ((SAMPLES, fewer), (fewer, SAMPLES)):
        assert set(verdicts(trained(base), trained(head)).values()) == {"same"}


def test_one_seed_in_both_tells_nothing() -> None:
    found = between(trained((4000, None, None)), trained((6000, None, None)))
    assert found["seeds_reached"].verdict == "same"
    assert found["samples_to_target"].verdict == "inconclusive"
    assert found["samples_to_target"].why == "1 seed cannot tell luck from change"


def test_without_a_seed_in_both_there_are_no_samples_to_judge() -> None:
    never = trained((None,) * 3)
    assert verdicts(never, never) == {"seeds_reached": "same"}
    assert verdicts(trained(SAMPLES[:3]), never) == {"seeds_reached": "missing"}


def test_another_target_is_incomparable() -> None:
    found = between(trained(SAMPLES), trained(SAMPLES, goal="0.5 of them"))
    assert {change.verdict for change in found.values()} == {"incomparable"}
    assert found["samples_to_target"].why == f"target: {GOAL}, then 0.5 of them"


def test_what_only_one_version_counted_is_missing_or_new() -> None:
    silent = replace(trained(SAMPLES), quantities=())
    assert verdicts(trained(SAMPLES), silent) == {"seeds_reached": "missing"}
    assert verdicts(silent, trained(SAMPLES)) == {"seeds_reached": "new"}


def test_a_case_that_does_not_train_has_no_such_change() -> None:
    plain = record(case(), facts={"clock": "wall"})
    assert list(changes([(plain, plain)], [MARGIN])) == []


def test_samples_are_corrected_over_all_cases_that_train() -> None:
    more = trained([1.22 * each for each in SAMPLES])
    assert verdicts(trained(SAMPLES), more)["samples_to_target"] == "slower"
    many = [(trained(SAMPLES, variant=f"grouped@groups={n}"),) * 2 for n in range(20)]
    found = list(changes([(trained(SAMPLES), more), *many], [MARGIN] * 21))
    assert by_metric(found[:2])["samples_to_target"].verdict == "inconclusive"


seeds = st.lists(st.floats(100.0, 1e6), min_size=3, max_size=6)
TURNED = {"slower": "faster", "faster": "slower", "missing": "better", "better": "missing"}


@settings(deadline=None)
@given(seeds, seeds, st.sampled_from([None, 100.0]))
def test_turned_round_each_verdict_is_its_opposite(
    one: list[float], other: list[float], look: float | None
) -> None:
    length = min(len(one), len(other))
    first, second = trained(one[:length], look=look), trained(other[:length], look=look)
    there, back = between(first, second), between(second, first)
    for metric, change in there.items():
        assert change.ratio is not None
        assert back[metric].ratio == pytest.approx(1.0 / change.ratio)
        if change.verdict in TURNED and abs(change.ratio - 1.0) > 2 * MARGIN:
            assert back[metric].verdict == TURNED[change.verdict]


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(100.0, 1e6), min_size=3, max_size=6))
def test_the_same_trainings_are_never_worse_nor_unclear(samples: list[float | None]) -> None:
    assert set(verdicts(trained(samples, look=100.0), trained(samples, look=100.0)).values()) == {
        "same"
    }


def test_luck_is_seldom_called_a_change_and_twice_the_samples_nearly_always() -> None:
    """Five seeds that spread by a fifth, seen at looks of a twentieth: 1,000 pairs of each."""
    random = np.random.default_rng(0)

    def samples(center: float) -> list[float | None]:
        exact = center * np.exp(random.normal(0.0, 0.2, 5))
        return [float(each) for each in np.ceil(exact / 200.0) * 200.0]

    called = {1.0: 0, 2.0: 0}
    for factor in called:
        for _ in range(1_000):
            pair = trained(samples(4000.0), look=200.0), trained(samples(4000.0 * factor), look=200)
            called[factor] += verdicts(*pair)["samples_to_target"] in {"slower", "faster"}
    assert called[1.0] <= 60
    assert called[2.0] >= 950


def night(*records: Record, margins: Mapping[str, float] | None = None) -> Run:
    return Run(records=records, environment=ENVIRONMENT, margins=margins or {})


def test_stored_runs_are_compared_by_what_their_trainings_are_for() -> None:
    """Steps as fast as before, and nothing else changed: it was all `same`, exit code 0."""
    base = night(trained(SAMPLES, variant="dense"), trained(SAMPLES, variant="one_cycle"))
    head = night(
        trained([2 * each for each in SAMPLES], variant="dense"),
        trained(LOST, variant="one_cycle"),
    )
    found = compare(base, head)
    told = {(c.case.split("+")[1].split("/")[0], c.metric): c.verdict for c in found}
    assert told["dense", "samples_to_target"] == "slower"
    assert told["one_cycle", "seeds_reached"] == "missing"
    assert exit_code(found) == 1
    assert "3 of 5 seeds reach the target, 5 did" in change_table.text(base, head, found, 160)


@pytest.mark.parametrize("wide", ["base", "head"])
def test_the_wider_margin_of_the_scenario_counts(wide: str) -> None:
    margins = {name: 0.4 if name == wide else 0.01 for name in ("base", "head")}
    more = [1.3 * each for each in SAMPLES]
    base = night(trained(SAMPLES), margins={"digits-training": margins["base"]})
    head = night(trained(more), margins={"digits-training": margins["head"]})
    assert by_metric(compare(base, head))["samples_to_target"].verdict == "same"


def test_samples_are_judged_where_times_cannot_be() -> None:
    twice = [2 * each for each in SAMPLES]
    found = compare(night(trained(SAMPLES)), night(trained(twice)))
    verdict = {change.metric: change.verdict for change in found}
    assert verdict["latency"] == "inconclusive"  # no baseline was measured
    assert verdict["samples_to_target"] == "slower"


def test_two_checkouts_are_told_what_differs() -> None:
    def found(samples: Sequence[float | None]) -> dict[str, str]:
        base, head = trained(SAMPLES), trained(samples)
        ratio = stats.ratio(head.blocks, base.blocks)
        pair = Pair(base=base, head=head, ratio=ratio, margin=MARGIN)
        return {change.metric: change.verdict for change in paired_changes([pair])}

    assert found(SAMPLES) == {"latency": "same"}
    assert found([2 * each for each in SAMPLES]) == {
        "latency": "same",
        "samples_to_target": "slower",
    }
    assert found(LOST) == {"latency": "same", "seeds_reached": "missing"}
