"""With which nights the nightly job compares, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ci.night import Night


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, 0),
        ({"COMPARE": 1}, 1),
        ({"COMPARE": 2}, 2),
        ({"COMPARE": 3}, 0),  # inconclusive: later nights are compared with the first one too
        ({"PYTEST": 1}, 1),
        ({"PYTEST": 1, "COMPARE": 2}, 2),
    ],
)
def test_the_second_night_is_compared_with_the_first(
    night: Night, told: dict[str, int], code: int
) -> None:
    night.run()
    assert night.run(**told) == code
    assert night.asked[-1] == f"-m results compare {night.saved[0]} {night.saved[1]}"
    assert "one case got slower" in night.summary
    assert f"exit code {code}" in night.summary


@pytest.mark.parametrize(
    ("second", "compared"),
    [
        pytest.param({}, [1, 0], id="nothing_got_worse"),
        pytest.param({"COMPARE": 3}, [1, 0], id="inconclusive"),
        pytest.param({"COMPARE": 2}, [1], id="not_comparable_any_more"),
        pytest.param({"COMPARE": 1}, [0], id="something_got_worse"),
        pytest.param({"PYTEST": 1}, [0], id="a_case_crashed"),
        pytest.param({"PYTEST": 1, "COMPARE": 2}, [0], id="a_case_crashed_after_an_upgrade"),
    ],
)
def test_the_third_night_is_compared_with_the_last_good_one_and_the_first(
    night: Night, second: dict[str, int], compared: list[int]
) -> None:
    """What crashed, or got worse, one night is not forgotten in the next."""
    night.run()
    night.run(**second)
    (file,) = (night.folder / "state").glob("base-*.txt")
    assert (f"to accept this one, delete {file}\n" in night.summary) is (compared == [0])
    night.run()
    assert night.compared == compared
    assert ("Against the first good night" in night.summary) is (len(compared) > 1)


@pytest.mark.parametrize(
    ("last", "first", "code"),
    [(0, 3, 0), (0, 1, 1), (3, 1, 1), (139, 1, 1), (1, 0, 1), (1, 3, 1), (2, 3, 2), (3, 2, 2)],
)
def test_the_worse_of_both_comparisons_tells(
    night: Night, last: int, first: int, code: int
) -> None:
    night.run()
    night.run()
    assert night.run(COMPARE=last, COMPARE_FIRST=first) == code
    night.run()
    assert night.compared == {0: [2, 0], 1: [1, 0], 2: [2]}[code]


def test_what_was_inconclusive_each_night_is_told_against_the_first_one(night: Night) -> None:
    for _ in range(3):
        night.run(COMPARE=3)
    for _ in range(2):
        assert night.run(COMPARE=3, COMPARE_FIRST=1) == 1
        assert night.compared == [2, 0]


def test_a_night_in_which_a_case_crashed_is_not_the_first_one_for_ever(night: Night) -> None:
    night.run(PYTEST=1)
    night.run()
    assert night.compared == [0]
    night.run()
    night.run()
    assert night.compared == [2, 1]


def test_what_is_accepted_begins_anew(night: Night) -> None:
    night.run()
    assert night.run(COMPARE=1) == 1
    (file,) = (night.folder / "state").glob("base-*.txt")
    file.unlink()
    assert night.run(COMPARE=1) == 0
    night.run()
    night.run()
    assert night.compared == [3, 2]


def test_a_run_that_was_accepted_or_removed_is_no_base(night: Night) -> None:
    night.run()
    Path(night.saved[0]).unlink()
    night.run(PYTEST=1)
    assert "nothing to compare with yet" in night.summary
    night.run()
    assert night.asked[-1] == f"-m results compare {night.saved[1]} {night.saved[2]}"


def test_nights_of_other_options_are_not_compared(night: Night) -> None:
    night.run("--scenario", "smoke")
    night.run("--scenario", "gpu")
    assert "nothing to compare with yet" in night.summary
    night.run("--scenario", "smoke")
    assert night.asked[-1] == f"-m results compare {night.saved[0]} {night.saved[2]}"
