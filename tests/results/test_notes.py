"""Notes that are about one scenario, and those of the whole run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from results.notes import is_about
from results.store import Run
from tests.results.made_up import case, measured

NOTES = (
    "the machine was busy before the run began",
    "digits-cnn: margin raised from 1.0% to 2.00%",
    "fashion-cnn: margin raised from 1.0% to 2.00%",
    "controls: fashion-cnn, batch size 1, 1 thread, cpu: A/A twin same (ratio 1.001): passed",
    "fashion-vit: interrupted: 3 cases were not begun",  # of which the run has none
)


@pytest.mark.parametrize(
    ("scenario", "indices"), [("digits-cnn", {1}), ("fashion-cnn", {2, 3}), ("fashion", set())]
)
def test_a_note_that_begins_with_a_scenario_is_about_it(scenario: str, indices: set[int]) -> None:
    assert {n for n, note in enumerate(NOTES) if is_about(note, scenario)} == indices


def test_a_part_of_a_run_has_no_notes_of_the_others() -> None:
    names = ("digits-cnn", "fashion-cnn")
    records = tuple(measured(case(scenario=name, baseline=True), 1e-3, 1.0) for name in names)
    whole = Run(records=records, notes=NOTES)
    assert whole.only(names) == replace(whole, notes=NOTES[:4])
    assert whole.only(["digits-cnn"]) == replace(whole, records=records[:1], notes=NOTES[:2])
