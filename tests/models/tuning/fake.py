"""A problem that costs nothing, with what a search needs round it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.tuning.problems import Part
from models.tuning.searchers import searcher_file
from models.tuning.space import Parameter, Space
from models.tuning.storage import open_storage
from models.tuning.study import Study
from models.tuning.task import Limits, Spent, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from models.tuning.problems import Report
    from models.tuning.space import Configuration, Value

SPACE = Space(
    parameters=(
        Parameter(name="depth", choices=(1, 2, 3)),
        Parameter(name="split", choices=(2, 5, 10)),
        Parameter(name="steps", choices=(4,)),
    )
)
PART = Part(
    images=np.zeros((90, 1, 1, 1), np.float32), labels=np.tile(np.arange(3), 30).astype(np.int64)
)


@dataclass
class Fake:
    """Its best is depth 3, split 5; it keeps a list of what was fitted."""

    before: Callable[[], None] = lambda: None  # called before each fit
    fitted: list[Configuration] = field(default_factory=list)
    DEFAULTS: Mapping[str, Value] = field(
        default_factory=lambda: {"depth": 1, "split": 2, "steps": 4}
    )
    STEPS: str | None = "steps"

    def check(self, _configuration: Configuration) -> None:
        """Anything goes."""

    def score(
        self, configuration: Configuration, train: Part, _test: Part, seed: int, report: Report
    ) -> float:
        """Better with more rows, so that successive halving has something to compare."""
        self.before()
        self.fitted.append(configuration)
        depth, split = float(configuration["depth"]), float(configuration["split"])
        score = 0.5 + depth / 10 - abs(split - 5) / 100 + len(train.labels) / 1e4 + seed / 1e6
        for step in range(1, int(configuration["steps"]) + 1):
            report(step, score * step / 4)
        return score


def task(
    place: Path | str,
    *,
    problem: Fake | None = None,
    fits: int | None = None,
    name: str = "fake/x/0",
) -> Task:
    """A task on the journal in a file, or the database of a URL."""
    return Task(
        problem=problem or Fake(),
        part=PART,
        folds=3,
        study=Study(open_storage(place), name, SPACE, "the fake's fingerprint"),
        limits=Limits(fits=fits),
        seed=0,
        progress=lambda *_: None,
    )


def run(name: str, of: Task) -> None:
    """Search until the budget is spent."""
    try:
        searcher_file(name).run(of)
    except Spent:
        return
