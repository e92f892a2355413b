"""How to search: one file is one searcher, and its name is the file's name.

A searcher's file has `run(task)`, which has configurations evaluated until the task's budget is
spent or nothing is left to try. The searching itself is scikit-learn's or Optuna's.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from models.errors import ModelError
from models.folder import Folder
from models.tuning.problems import problem_file

if TYPE_CHECKING:
    from collections.abc import Collection

    from models.tuning.space import Space
    from models.tuning.task import Task

FOLDER = Folder(package=__name__, path=Path(__file__).parent, one="searcher", several="searchers")


class Searcher(Protocol):
    """What a file in this folder offers."""

    EXHAUSTIVE: bool  # it tries everything, whatever the scenario's budget: the others' reference
    STOPS_EARLY: bool  # it ends what goes badly, which only some problems can do

    def run(self, task: Task) -> None:
        """Search; `models.tuning.task.Spent` ends it at any time."""


def searchers() -> tuple[str, ...]:
    """Names of all searchers, by file name, without importing them."""
    return FOLDER.names()


def searcher_file(name: str) -> Searcher:
    """The file of one searcher."""
    found: Searcher = FOLDER.file(name)
    return found


def check_searchers(names: Collection[Any], problem: str) -> None:
    """ModelError unless they exist and can do with the problem."""
    for name in names:
        if name not in searchers():
            near = difflib.get_close_matches(str(name), searchers(), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"unknown searcher {name!r}; searchers are {', '.join(searchers())}{hint}"
            raise ModelError(msg)
        if searcher_file(name).STOPS_EARLY and problem_file(problem).STEPS is None:
            msg = (
                f"{name} ends trials early, but {problem} says nothing on its way; use a searcher "
                "without a pruner, such as tpe"
            )
            raise ModelError(msg)


def check_exhaustive(names: Collection[str], space: Space) -> None:
    """ModelError if one of them tries everything, of which a range has no end."""
    for name in names:
        if searcher_file(name).EXHAUSTIVE:
            try:
                space.grid()
            except ModelError as error:
                msg = f"{error}, or leave out the searcher {name!r}"
                raise ModelError(msg) from error
