from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.layout import table
from results.layout.report import ABSENT
from results.record import Metric, Quantity
from results.store import Run
from tests.results.made_up import case, measured, whole_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.row import Row
    from results.record import Record, Status
    from tests.conftest import Golden

SEEDS = 5
ENERGY = "energy_j_per_sample"
BASELINE = (4000, 5000, 4400, 4600, 5400)


def trained(
    variant: str,
    relative: float,
    samples: Sequence[int],
    *,
    curve: str = "",
    baseline: bool = False,
    diverged: int = 0,
    precision: str = "fp32",
) -> Record:
    """A case whose trainings reached the target after so many samples; missing seeds never did."""
    key = case(
        variant,
        f"train_eager-{precision}",
        batch_size=32,
        baseline=baseline,
        scenario="digits-training",
    )
    plain = measured(key, 0.004 * relative, relative, accuracy=0.92)
    numbers = {f"samples_to_target_seed_{seed}": each for seed, each in enumerate(samples)}
    numbers |= {"training_seeds": SEEDS, "seeds_reached": len(samples), "seeds_diverged": diverged}
    quantities = [count(name, value) for name, value in numbers.items()]
    if len(samples) == SEEDS:
        quantities.append(count("target_s", relative * sum(samples) / SEEDS / 8000, "s"))
    quantities.append(count("data_wait_share", 0.0312))
    quantities.append(replace(count("accuracy_at_time", 0.9412), low=0.931, high=0.951))
    return replace(
        plain,
        quantities=(*plain.quantities, *quantities),
        facts={
            "clock": "wall",
            "task": "training",
            "curve": curve or f"{variant}{precision}",
            "target": "0.9 of 287 held-out training images, within 6 epochs",
        },
        predictions=None,
    )


def count(name: str, value: float, unit: str = "") -> Quantity:
    return Quantity(metric=Metric(name=name, unit=unit, better="lower"), value=float(value))


def run(*others: Record, baseline: Sequence[int] = BASELINE) -> Run:
    dense = trained("dense", 1.0, baseline, curve="plain", baseline=True)
    return Run(records=(dense, *others))


def row(*others: Record, baseline: Sequence[int] = BASELINE) -> Row:
    """Of the first of the others."""
    return table.rows(run(*others, baseline=baseline))[1]


def test_half_the_samples_at_half_the_time_are_a_quarter() -> None:
    found = row(trained("one_cycle", 0.5, [each // 2 for each in BASELINE])).as_dict()
    assert found["target_ratio"] == pytest.approx(0.25, rel=1e-3)
    assert found["target_ratio_low"] < 0.25 < found["target_ratio_high"]
    assert found["target_verdict"] == "faster"
    assert found["samples_to_target"] == pytest.approx(2328, rel=1e-3)


def test_faster_steps_of_more_samples_may_be_slower() -> None:
    found = row(trained("larger_batch", 0.8, [3 * each for each in BASELINE])).as_dict()
    assert (found["verdict"], found["target_verdict"]) == ("faster", "slower")


def test_the_same_trainings_have_the_ratio_of_their_steps() -> None:
    found = row(trained("channels_last", 0.5, BASELINE, curve="plain"))
    assert found.target is not None
    assert found.target.ratio == found.ratio


def looked(record: Record, samples: int) -> Record:
    """The same, with the target looked for after each so many samples."""
    return replace(record, quantities=(*record.quantities, count("samples_per_look", samples)))


def test_seeds_that_all_arrive_at_one_look_may_be_a_look_apart() -> None:
    records = run(trained("one_cycle", 1.0, [2000] * 5), baseline=[3000] * 5).records
    sure = table.rows(Run(records=records))[1]
    unsure = table.rows(Run(records=tuple(looked(each, 1000) for each in records)))[1]
    assert (sure.target_judgement, unsure.target_judgement) == ("faster", "inconclusive")
    note = "time to target inconclusive: seeds arrive too few looks apart; more do not help"
    assert note in unsure.notes


def test_the_same_trainings_arrive_at_the_same_look_wherever_that_is() -> None:
    records = run(trained("channels_last", 0.5, [3000] * 5, curve="plain")).records
    found = table.rows(Run(records=tuple(looked(each, 1000) for each in records)))[1]
    assert found.target is not None
    assert found.target.ratio == found.ratio
    assert not found.target.is_coarse


def test_unequal_luck_of_seeds_is_inconclusive_and_says_of_what() -> None:
    found = row(trained("one_cycle", 1.0, (2000, 9000, 4000, 3000, 8000)))
    assert found.target_judgement == "inconclusive"
    assert any(note.startswith("time to target inconclusive: about") for note in found.notes)
    assert found.as_dict()["verdict"] == "same"


@pytest.mark.parametrize(
    ("own", "baseline", "diverged", "reason"),
    [
        ([4000] * 3, BASELINE, 0, "2 of 5 seeds never reached it"),
        ([], BASELINE, 5, "5 of 5 seeds never reached it, 5 diverged"),
        (BASELINE, [4000] * 4, 0, "1 of the baseline's 5 seeds never reached it"),
    ],
    ids=["some", "none", "baseline"],
)
def test_a_seed_that_never_arrives_leaves_no_ratio(
    own: Sequence[int], baseline: Sequence[int], diverged: int, reason: str
) -> None:
    found = row(trained("one_cycle", 0.5, own, diverged=diverged), baseline=baseline)
    public = found.as_dict()
    assert (public["target_ratio"], public["target_verdict"]) == (None, None)
    assert f"no time to target: {reason}" in found.notes
    assert public["verdict"] == "faster"  # its steps are, all the same
    assert (public["samples_to_target"] is None) == (len(own) < SEEDS)
    assert public["seeds_reached"] == len(own)
    assert public["seeds_diverged"] == diverged


@pytest.mark.parametrize(("status", "said"), [("failed", "failed"), ("skipped", "was skipped")])
def test_a_baseline_that_was_not_measured_is_the_reason(status: Status, said: str) -> None:
    dense, other = run(trained("one_cycle", 0.5, BASELINE)).records
    dense = replace(dense, status=status, reason="no", quantities=(), blocks=())
    found = table.rows(Run(records=(dense, other)))[1]
    assert f"no time to target: the baseline {said}" in found.notes


def test_a_baseline_has_no_ratio_to_itself_and_no_note() -> None:
    baseline = table.rows(run(trained("one_cycle", 0.5, BASELINE)))[0]
    assert baseline.as_dict()["target_ratio"] is None
    assert baseline.notes == ()


def test_a_case_that_infers_has_nothing_of_it() -> None:
    for each in table.rows(whole_run()):
        assert each.target is None
        assert each.as_dict()["samples_to_target"] is None
        assert each.as_dict()["training_seeds"] is None


def test_verdicts_are_corrected_for_their_number() -> None:
    near = (3000, 4800, 4100, 3900, 4600)
    alone = row(trained("one_cycle", 1.0, near)).target
    many = [trained(f"one_cycle@epochs={n}", 1.0, BASELINE, curve=str(n)) for n in range(1, 12)]
    among = table.rows(run(trained("a_cycle", 1.0, near), *many))[1].target
    assert alone is not None
    assert among is not None
    assert alone.ratio == among.ratio
    assert (alone.verdict, among.verdict) != (None, None)
    assert alone.verdict != among.verdict


def test_accuracies_over_seeds_have_their_intervals() -> None:
    found = row(trained("one_cycle", 0.5, BASELINE))
    assert (found.as_dict()["accuracy_at_time_low"], found.as_dict()["accuracy_at_time_high"]) == (
        0.931,
        0.951,
    )
    assert "94.1 (93.1 to 95.1)" in table.markdown(run(found.record))


def test_energy_has_a_column_where_there_is_a_counter() -> None:
    counted = trained("one_cycle", 0.5, BASELINE)
    of_sample = Quantity(metric=Metric(name=ENERGY, unit="J", better="lower"), value=0.01234)
    counted = replace(counted, quantities=(*counted.quantities, of_sample))
    lines = table.markdown(run(counted)).splitlines()
    header = next(line for line in lines if line.startswith("| variant"))
    place = [cell.strip() for cell in header.split("|")].index("J per 1000")
    shown = [line.split("|")[place].strip() for line in lines if "train_eager" in line]
    assert shown == [ABSENT, "12.3"]
    assert "J per 1000" not in table.markdown(run(trained("one_cycle", 0.5, BASELINE)))


def test_a_table_says_what_was_to_be_reached_and_by_how_many_trainings() -> None:
    goal = "Target: 0.9 of 287 held-out training images, within 6 epochs; 5 trainings of each"
    for width in (80, 240):
        assert " ".join(table.text(table_run(), width).split()).count(goal) == 1
    assert "Target:" not in table.text(whole_run(), 240)


def table_run() -> Run:
    return run(
        trained("channels_last", 0.42, BASELINE, curve="plain"),
        trained("channels_last", 0.35, (4100, 5200, 4300, 4700, 5300), precision="bf16"),
        trained("one_cycle@epochs=4", 1.0, (3100, 3300, 3000, 3200, 3400)),
        trained("larger_batch", 0.78, (9000, 9900)),
        trained("one_cycle@peak=50.0", 1.0, (), diverged=5),
    )


@pytest.mark.parametrize("width", [80, 120, 240])
def test_text_looks_like_this(golden: Golden, width: int) -> None:
    golden(f"training_{width}.txt", table.text(table_run(), width))


def test_markdown_looks_like_this(golden: Golden) -> None:
    golden("training.md", table.markdown(table_run()))


def test_csv_looks_like_this(golden: Golden) -> None:
    golden("training.csv", table.csv(table.rows(table_run())))
