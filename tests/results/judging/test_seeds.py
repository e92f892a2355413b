"""What is said of other seeds: kept apart from the accuracy that an engine had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from results.judging import seeds
from results.layout import table
from results.store import Run
from tests.results.made_up import case, measured, record


@pytest.mark.parametrize(
    ("fact", "known"),
    [
        ("3: 88.6 ± 0.2 %", (3, 0.886, 0.002)),
        ("5: 90 ± 1 %", (5, 0.9, 0.01)),
        ("1", (1, None, None)),
    ],
)
def test_what_a_record_says_is_read(
    fact: str, known: tuple[int, float | None, float | None]
) -> None:
    found = seeds.spread(record(case(), facts={"seeds": fact}))
    assert found is not None
    mean, deviation = (None if each is None else pytest.approx(each) for each in known[1:])
    assert (found.seeds, found.mean, found.deviation) == (known[0], mean, deviation)


@pytest.mark.parametrize("facts", [{}, {"seeds": "none"}, {"seeds": "of a later suite"}])
def test_a_record_may_say_nothing(facts: dict[str, str]) -> None:
    assert seeds.spread(record(case(), facts=facts)) is None


def run(*facts: str | None) -> Run:
    """A baseline and a variant for each fact."""
    plain = measured(case(baseline=True), 1e-3, 1.0)
    variants = (
        replace(
            measured(case(f"variant{number}"), 1e-3, 1.0), facts={"seeds": fact} if fact else {}
        )
        for number, fact in enumerate(facts)
    )
    return Run(records=(plain, *variants))


def test_one_seed_is_said_once_below_the_table() -> None:
    shown = " ".join(table.markdown(run("1", "1", None)).split())
    assert shown.count(seeds.ONE) == 1
    assert seeds.NAME not in shown.lower()


def test_several_seeds_have_a_column_that_says_what_it_means() -> None:
    shown = " ".join(table.markdown(run("3: 88.6 ± 0.2 %", "1")).split())
    assert "3: 88.6 ± 0.2 |" in shown
    assert seeds.DEFINITION in shown
    assert seeds.ONE not in shown


def test_nothing_is_said_of_seeds_that_nobody_counted() -> None:
    shown = " ".join(table.markdown(run(None)).split())
    assert seeds.ONE not in shown
    assert seeds.DEFINITION not in shown


def test_where_the_column_does_not_fit_nothing_wrong_is_said() -> None:
    records = run("3: 88.6 ± 0.2 %", "1").records
    assert list(seeds.notes(records, {"variant"})) == []


def test_the_public_form_has_them_as_numbers() -> None:
    _, several, one = (row.as_dict() for row in table.rows(run("3: 88.6 ± 0.2 %", "1")))
    keys = ("accuracy_seeds", "accuracy_seeds_mean", "accuracy_seeds_deviation")
    assert [several[key] for key in keys] == [3, pytest.approx(0.886), pytest.approx(0.002)]
    assert [one[key] for key in keys] == [1, None, None]
