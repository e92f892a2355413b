"""The order of verdicts from bad to good."""

from __future__ import annotations

import pytest

from results.judging.change import Change, exit_code, worst


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
