"""Which verdicts fail a run, and which earlier run it is judged against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import gate
from bench.options import OptionError
from results.comparing.change import Change
from results.store import Run, StoreError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = Run(environment={"cpu_model": "Abacus"})


def test_verdicts_are_read_once_each_in_their_order() -> None:
    assert gate.verdicts("slower, wrong,slower", None) == ["slower", "wrong"]


def test_without_the_option_nothing_fails() -> None:
    assert gate.verdicts(None, None) == []


@pytest.mark.parametrize(
    ("given", "compared_to", "said"),
    [
        ("slow", None, "--fail-on 'slow': allowed are wrong, missing, slower, larger"),
        ("", None, "--fail-on '': allowed are"),
        (None, "latest", "--compare-to needs --fail-on"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(
    given: str | None, compared_to: str | None, said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        gate.verdicts(given, compared_to)


def test_the_first_night_has_no_run_to_be_judged_against(tmp_path: Path) -> None:
    assert gate.base_run(None, HEAD, tmp_path) is None


def test_a_stored_run_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0001_broken.json").write_text("{")
    assert gate.base_run(None, HEAD, tmp_path) is None


def test_a_named_run_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        gate.base_run("7", HEAD, tmp_path)


def test_only_changes_with_the_verdict_are_told() -> None:
    slower = Change(case="a", metric="latency", verdict="slower", why="p = 0.001")
    same = Change(case="b", metric="latency", verdict="same", why="within 2 %")
    assert gate.of("slower", [slower, same]) == ["a: latency: p = 0.001"]
