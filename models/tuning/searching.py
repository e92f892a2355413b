"""One search: opens its study, runs the searcher on it, and says how it ended."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.data import data_file
from models.errors import ModelError
from models.tuning.importance import Importance, importance
from models.tuning.outcome import Outcome, outcome
from models.tuning.problems import Part, problem_file
from models.tuning.searchers import searcher_file
from models.tuning.space import Configuration, key
from models.tuning.study import FINGERPRINT, Study
from models.tuning.task import Limits, Spent, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optuna.storages import BaseStorage

    from models.data import Dataset
    from models.tuning.scenario import Tuning
    from models.tuning.task import Progress

ENDED = "ended"  # the note of a study whose search came to the end of the budget that it says


def load(tuning: Tuning) -> Dataset:
    """The scenario's data set; ModelError if it has too few images of each class to be folded."""
    data = data_file(tuning.dataset).load()
    labels = training_part(tuning, data).labels
    most = int(np.bincount(labels).max())
    if tuning.folds > most:  # as scikit-learn has it, whose words would name neither file nor key
        msg = (
            f"{tuning.name}.toml: folds: is {tuning.folds}, but no class has more than {most} of "
            f"the {len(labels)} training images, and a fold needs one; write folds = {most} or "
            "less, or allow more samples"
        )
        raise ModelError(msg)
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One searcher with one seed, and the study that keeps its trials."""

    searcher: str
    seed: int
    study: Study


def searches(tuning: Tuning, storage: BaseStorage, data: Dataset) -> list[Search]:
    """All of a scenario; ModelError if the storage has them for another scenario."""
    return [
        _search(tuning, storage, data, name, seed)
        for seed in tuning.seeds
        for name in tuning.searchers
    ]


def ended_before(
    tuning: Tuning, storage: BaseStorage, data: Dataset, asked: Sequence[Search]
) -> list[Search]:
    """Those that were not asked for, and that the storage holds to the end of the same budget.

    What else it holds is passed by: searches of the scenario as it was before, studies of others.
    """
    of_asked = {one.study.name for one in asked}
    wanted = tuning.fingerprint(data.sha256), asdict(tuning.limits)
    found = []
    for kept in storage.get_all_studies():
        of, _, search = kept.study_name.partition("/")
        noted = kept.user_attrs.get(FINGERPRINT), kept.user_attrs.get(ENDED)
        if of == tuning.name and kept.study_name not in of_asked and noted == wanted:
            searcher, seed = search.split("/")
            found.append(_search(tuning, storage, data, searcher, int(seed)))
    return found


def _search(
    tuning: Tuning, storage: BaseStorage, data: Dataset, searcher: str, seed: int
) -> Search:
    name = f"{tuning.name}/{searcher}/{seed}"
    study = Study(storage, name, tuning.space, tuning.fingerprint(data.sha256))
    return Search(searcher=searcher, seed=seed, study=study)


def training_part(tuning: Tuning, data: Dataset) -> Part:
    """All that a search may see."""
    return Part(
        images=data.train_images[: tuning.samples], labels=data.train_labels[: tuning.samples]
    )


def run(tuning: Tuning, search: Search, part: Part, progress: Progress) -> None:
    """Run or go on with one search, until its budget is spent or nothing is left to try."""
    file = searcher_file(search.searcher)
    limits = tuning.limits
    if file.EXHAUSTIVE and limits.seconds is None:
        limits = Limits()
    task = Task(
        problem=problem_file(tuning.problem),
        part=part,
        folds=tuning.folds,
        study=search.study,
        limits=limits,
        seed=search.seed,
        progress=progress,
    )
    with _quiet(), contextlib.suppress(Spent):
        task.check_limits(search.study.trials())  # what is spent need not be retraced
        file.run(task)
    search.study.note(ENDED, asdict(tuning.limits))


class HeldOutScores:
    """Accuracies on the test images, computed after the searches and kept in their studies."""

    def __init__(self, tuning: Tuning, data: Dataset) -> None:
        self._tuning = tuning
        self._train = training_part(tuning, data)
        self._test = Part(images=data.test_images, labels=data.test_labels)
        self._known: dict[tuple[int, str], float] = {}  # by seed and configuration

    def outcome(self, search: Search) -> Outcome | None:
        """What a search came to; None if it has judged nothing yet."""
        study = search.study
        trials, kept = study.trials(), dict(study.noted("test_scores") or {})

        def test(number: int) -> float:
            if str(number) not in kept:
                kept[str(number)] = self._score(dict(trials[number].configuration), search.seed)
            return float(kept[str(number)])

        found = outcome(search.searcher, search.seed, trials, test)
        if kept != study.noted("test_scores"):
            study.note("test_scores", kept)
        return found

    def _score(self, configuration: Configuration, seed: int) -> float:
        name = (seed, key(configuration))
        if name not in self._known:
            self._known[name] = problem_file(self._tuning.problem).score(
                configuration, self._train, self._test, seed, lambda *_: None
            )
        return self._known[name]


def important(tuning: Tuning, searches: Sequence[Search]) -> Importance | None:
    """Which parameters matter, by the first search that judged most; None if too few to say."""
    judged = [(one, [t for t in one.study.trials() if t.whole]) for one in searches]
    search, trials = max(judged, key=lambda one: len(one[1]))
    shares = importance(tuning.space, trials)
    if not shares:
        return None
    return Importance(searcher=search.searcher, seed=search.seed, trials=len(trials), shares=shares)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the libraries warn of and we know: experimental parts, few images of a class."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="optuna|sklearn")
        yield
