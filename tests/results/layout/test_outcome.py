"""What came out of a table: the fastest case that is as good, of the baseline's own model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results.layout import outcome, table
from results.store import Run
from tests.results.judging.test_target import table_run
from tests.results.made_up import case, measured, whole_run

if TYPE_CHECKING:
    from results.record import Record

BASELINE = measured(case(baseline=True), 1e-3, 1.0)


def of(*records: Record) -> outcome.Outcome | None:
    return outcome.of(table.csv(table.rows(Run(records=records))))


def test_the_fastest_that_loses_no_accuracy_is_named_as_in_the_table() -> None:
    worse = measured(case("half_width"), 1e-3, 0.1, accuracy=0.5)
    found = of(BASELINE, measured(case("grouped"), 1e-3, 0.5), worse)
    assert found == outcome.Outcome(
        sense="at equal accuracy",
        times="2.00x faster",
        case="`grouped`, eager fp32, batch size 1",
    )
    assert found.times in table.markdown(Run(records=(BASELINE, measured(case("grouped"), 1, 0.5))))


def test_another_model_does_not_take_part() -> None:
    other = measured(case("grouped"), 1e-3, 0.1)
    other = replace(other, case=replace(other.case, model="mlp", id="digits-cnn/mlp+dense/x/b1"))
    found = of(BASELINE, measured(case("grouped"), 1e-3, 0.5), other)
    assert found is not None
    assert found.times == "2.00x faster"


def test_threads_are_named_where_they_differ() -> None:
    two = (case(threads=2, baseline=True), case("grouped", threads=2))
    records = [measured(two[0], 1e-3, 1.0), measured(two[1], 1e-3, 0.5)]
    found = of(BASELINE, measured(case("grouped"), 1e-3, 0.9), *records)
    assert found is not None
    assert found.case.endswith(", batch size 1, 2 threads")


def test_where_nothing_is_faster_it_says_so() -> None:
    found = of(BASELINE, measured(case("grouped"), 1e-3, 1.0))
    assert found is not None
    assert found.sentence == "None is faster than the baseline, at equal accuracy."
    assert found.cell == "none is faster at equal accuracy"


def test_without_accuracies_it_says_that_there_are_none() -> None:
    kept = [
        replace(each, quantities=tuple(q for q in each.quantities if q.metric.name != "accuracy"))
        for each in (BASELINE, measured(case("grouped"), 1e-3, 0.5))
    ]
    found = of(*kept)
    assert found is not None
    assert found.sentence.endswith("**2.00x faster** than the baseline, without accuracies.")


def test_of_trainings_the_soonest_at_the_target_counts() -> None:
    found = outcome.of(table.csv(table.rows(table_run())))
    assert found is not None
    assert found.sense == "to the target accuracy"


def test_a_baseline_alone_and_a_search_have_none() -> None:
    assert of(BASELINE) is None
    assert outcome.of("scenario,searcher\nforest,grid\n") is None
    assert outcome.of("") is None


def test_of_what_cannot_be_told_apart_the_simplest_is_named() -> None:
    zeros = measured(case("prune_unstructured@amount=0.8", "onnxruntime-fp32"), 1e-3, 0.499)
    wide = (0.97, 1.0, 1.03, 0.99, 1.01)
    plain = measured(case("dense", "onnxruntime-fp32"), 1e-3, 0.5, factors=wide)
    found = of(BASELINE, zeros, plain)
    assert found is not None
    assert found.case == "`dense`, onnxruntime fp32, batch size 1"


def test_it_is_of_the_whole_made_up_run_what_eyes_find() -> None:
    found = outcome.of(table.csv(table.rows(whole_run())))
    assert found is not None
    assert found.times == "8.10x faster"
