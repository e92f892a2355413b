from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from models.errors import ModelError
from models.tuning import asking
from models.tuning.searchers import searcher_file, searchers
from models.tuning.space import Parameter, Space, key
from models.tuning.storage import open_storage
from models.tuning.study import Study
from tests.models.tuning.fake import Fake, run, task

if TYPE_CHECKING:
    from pathlib import Path

    from models.tuning.task import Task

FITS = 15  # five configurations of nine


@pytest.mark.parametrize("name", searchers())
def test_a_searcher_keeps_its_budget_and_repeats_nothing(name: str, tmp_path: Path) -> None:
    one = task(tmp_path / "journal", fits=FITS)
    run(name, one)
    trials = one.study.trials()
    names = [key(trial.configuration, trial.rows) for trial in trials]
    assert len(set(names)) == len(names)
    assert 2 * 3 <= sum(trial.found.fits for trial in trials if trial.found) <= FITS
    assert any(trial.whole for trial in trials)


@pytest.mark.parametrize("name", searchers())
def test_what_was_searched_is_not_fitted_again(name: str, tmp_path: Path) -> None:
    run(name, task(tmp_path / "journal", fits=9))
    again = Fake()
    run(name, task(tmp_path / "journal", fits=9, problem=again))
    assert again.fitted == []


@pytest.mark.parametrize("name", searchers())
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(name: str, tmp_path: Path) -> None:
    stops = iter([False] * 30 + [True])

    def stop() -> None:
        if next(stops):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(name, _wide(tmp_path / "interrupted", Fake(before=stop)))
    resumed, whole = _wide(tmp_path / "interrupted"), _wide(tmp_path / "whole")
    run(name, resumed)
    run(name, whole)
    assert _finished(resumed) == _finished(whole)


def _wide(path: Path, problem: Fake | None = None) -> Task:
    """With so much to choose from that Hyperband has rungs to compare on."""
    many = tuple(range(1, 10))
    names = {"depth": many, "split": many, "steps": (4,)}
    space = Space(parameters=tuple(Parameter(name=n, choices=of) for n, of in names.items()))
    study = Study(open_storage(path), "fake/wide/0", space, "x")
    return replace(task(path, problem=problem, fits=60), study=study)


def _finished(of: Task) -> list[object]:
    return [
        (one.configuration, one.state, one.rows, one.found.fold_scores, one.found.steps)
        for one in of.study.trials()
        if one.found
    ]


@pytest.mark.parametrize("name", ["grid", "random", "tpe"])
def test_without_a_limit_everything_is_tried_once(name: str, tmp_path: Path) -> None:
    one = task(tmp_path / "journal")
    run(name, one)
    assert len(one.study.trials()) == 9


def test_a_pruner_ends_what_goes_badly(tmp_path: Path) -> None:
    one = task(tmp_path / "journal")
    run("tpe_median", one)
    pruned = [trial for trial in one.study.trials() if trial.state == "pruned"]
    assert pruned
    assert all(trial.found and trial.found.fits < 3 for trial in pruned)


def test_an_unknown_searcher_is_named() -> None:
    with pytest.raises(ModelError, match="unknown searcher 'gird'; searchers are cma_es, gp"):
        searcher_file("gird")


def test_a_search_that_goes_on_thinks_no_time_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second passes whenever the clock is read: each proposal takes one."""
    clock = count()
    monkeypatch.setattr(asking, "time", SimpleNamespace(process_time=lambda: float(next(clock))))
    run("tpe", task(tmp_path / "interrupted", fits=9))
    resumed, whole = task(tmp_path / "interrupted", fits=FITS), task(tmp_path / "w", fits=FITS)
    run("tpe", resumed)
    run("tpe", whole)
    thought = [
        [one.found.thought_s for one in of.study.trials() if one.found] for of in (resumed, whole)
    ]
    assert thought[0] == thought[1]
    assert len(thought[0]) == FITS // 3
