"""scikit-learn's searches on a task: they decide what to evaluate, the task evaluates it.

The search runs on an estimator that fits nothing. Before scikit-learn evaluates a list of
candidates, the task has them evaluated, together with other processes or from what a study keeps;
then the estimator answers with the recorded scores. So an interrupted search goes on where it was,
and what scikit-learn sees are its own folds; only that halving shuffles all rows when it asks for
all of them, which changes a forest, so that they are judged in their order, as by all searchers.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from models.tuning.space import key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from models.tuning.space import Configuration, Value
    from models.tuning.task import Task


class Recorded(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """An estimator of any parameters that only remembers which rows it was to be fitted to."""

    def __init__(self, configuration: Mapping[str, Value] | None = None) -> None:
        self.configuration = configuration

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002 - scikit-learn's signature
        """What clone() makes a copy from."""
        return {"configuration": self.configuration}

    def set_params(self, **parameters: object) -> Recorded:
        """A candidate's values, or a whole configuration."""
        whole = parameters.pop("configuration", self.configuration) or {}
        self.configuration = plain({**whole, **parameters})  # type: ignore[dict-item]
        return self

    def fit(self, rows: NDArray[np.intp], _labels: object = None) -> Recorded:
        """Remember the rows."""
        self.rows_ = rows
        return self


def search(task: Task, kind: Callable[..., Any], **options: object) -> None:
    """Run a search of scikit-learn's over all rows of the task."""
    scores: dict[tuple[str, bytes], float] = {}

    def recorded(estimator: Recorded, _rows: object, _labels: object) -> float:
        return scores[key(estimator.configuration or {}), estimator.rows_.tobytes()]

    rows = np.arange(len(task.part.labels))[:, None]
    _evaluating(kind, task, scores)(
        Recorded(), scoring=recorded, cv=task.cross_validation(), refit=False, **options
    ).fit(rows, task.part.labels)


def plain(candidate: Mapping[str, Any]) -> Configuration:
    """Python's own numbers in place of NumPy's, in the order of the names."""
    values = sorted(candidate.items())
    return {name: v.item() if isinstance(v, np.generic) else v for name, v in values}


def _evaluating(
    kind: Callable[..., Any], task: Task, scores: dict[tuple[str, bytes], float]
) -> Callable[..., Any]:
    """The search with the one change that candidates are evaluated by the task beforehand."""
    whole = len(task.part.labels)

    class Evaluating(kind):  # type: ignore[misc, valid-type] # a class that is chosen at run time
        """`_run_search` is what BaseSearchCV documents for searches of one's own."""

        @functools.wraps(kind._run_search)  # type: ignore[attr-defined] # noqa: SLF001 - its signature
        def _run_search(self, evaluate: Callable[..., Any], **context: object) -> None:
            def after_evaluating(
                candidates: Iterable[Mapping[str, Any]],
                cv: Any = None,  # noqa: ANN401 - a splitter of scikit-learn's
                **more: Any,  # noqa: ANN401 - passed on as it is
            ) -> object:
                listed = list(candidates)
                resources = more.get("more_results", {}).get("n_resources", [whole])[0]
                splitter = cv or task.cross_validation()
                splits = list(splitter.split(task.part.labels, task.part.labels))
                rows = None if resources >= whole else int(resources)
                configurations = [plain(one) for one in listed]
                judged = task.splits() if rows is None else splits
                trials = task.evaluate_all(configurations, judged, rows)
                for configuration, trial in zip(configurations, trials, strict=True):
                    found = trial.found.fold_scores if trial.found else ()
                    for (fitted, _), score in zip(splits, found, strict=True):
                        scores[key(configuration), fitted.tobytes()] = score
                return evaluate(listed, *([] if cv is None else [cv]), **more)

            super()._run_search(after_evaluating, **context)

    return Evaluating
