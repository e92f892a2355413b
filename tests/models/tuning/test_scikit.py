from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - its import enables it
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

from models.data import digits
from models.tuning.problems import Part, random_forest
from models.tuning.scikit import plain
from models.tuning.space import Parameter, Space, key
from models.tuning.storage import open_storage
from models.tuning.study import Study
from models.zoo.random_forest import features
from tests.models.tuning.fake import run, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.tuning.task import Task

SPACE = Space(
    parameters=(
        Parameter(name="n_estimators", choices=(1, 3)),
        Parameter(name="max_depth", choices=(2, 5)),
        Parameter(name="min_samples_split", choices=(2,)),
    )
)
GRID = {"n_estimators": [1, 3], "max_depth": [2, 5], "min_samples_split": [2]}


@pytest.fixture(scope="module")
def part() -> Part:
    data = digits.load()
    return Part(images=data.train_images[:210], labels=data.train_labels[:210])


def forest(path: Path, part: Part, fits: int | None = None) -> Task:
    study = Study(open_storage(path), "digits/grid/0", SPACE, "x")
    return replace(task(path, fits=fits), problem=random_forest, part=part, study=study)


def theirs(kind: Callable[..., Any], part: Part, **options: object) -> dict[str, Any]:
    """scikit-learn's own search, on its own estimator."""
    estimator = RandomForestClassifier(random_state=0)
    found = kind(estimator, cv=3, **options).fit(features(part.images), part.labels)
    results: dict[str, Any] = found.cv_results_
    return results


def test_the_grid_is_scikit_learns_fit_by_fit(tmp_path: Path, part: Part) -> None:
    ours = forest(tmp_path / "journal", part)
    run("grid", ours)
    wanted = theirs(GridSearchCV, part, param_grid=GRID)
    trials = ours.study.trials()
    assert [dict(one.configuration) for one in trials] == wanted["params"]
    folds = np.array([one.found.fold_scores for one in trials if one.found])
    assert folds.tolist() == [
        [wanted[f"split{fold}_test_score"][n] for fold in range(3)] for n in range(4)
    ]
    scores = [one.found.score for one in trials if one.found]
    assert scores == pytest.approx(wanted["mean_test_score"].tolist(), rel=1e-15)


def test_random_search_tries_what_scikit_learns_does(tmp_path: Path, part: Part) -> None:
    ours = forest(tmp_path / "journal", part, fits=6)
    run("random", ours)
    options: dict[str, Any] = {"param_distributions": GRID, "n_iter": 2, "random_state": 0}
    wanted = theirs(RandomizedSearchCV, part, **options)
    assert [dict(one.configuration) for one in ours.study.trials()] == wanted["params"]


def test_halving_keeps_what_scikit_learns_does(tmp_path: Path, part: Part) -> None:
    ours = forest(tmp_path / "journal", part, fits=21)  # four, two of them, and one to spare
    run("halving", ours)
    options: dict[str, Any] = {"param_distributions": GRID, "n_candidates": 4, "random_state": 0}
    wanted = theirs(HalvingRandomSearchCV, part, factor=3, min_resources="exhaust", **options)
    tried = [(dict(one.configuration), one.rows or 210) for one in ours.study.trials()]
    assert tried[: len(wanted["params"])] == [
        (plain(params), rows)
        for params, rows in zip(wanted["params"], wanted["n_resources"].tolist(), strict=True)
    ]


def test_what_halving_judges_on_all_rows_is_judged_on_the_folds_of_all_searchers(
    tmp_path: Path, part: Part
) -> None:
    grid = forest(tmp_path / "grid", part)
    run("grid", grid)
    wanted = {key(one.configuration): one.found for one in grid.study.trials()}
    ours = forest(tmp_path / "journal", part, fits=21)
    run("halving", ours)
    whole = [one for one in ours.study.trials() if one.whole]
    assert len(whole) == 2
    for one in whole:
        expected = wanted[key(one.configuration)]
        assert one.found is not None
        assert expected is not None
        assert one.found.fold_scores == expected.fold_scores
