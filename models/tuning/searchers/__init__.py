"""How to search: one file is one searcher, and its name is the file's name.

A searcher's file has `run(task)`, which has configurations evaluated until the task's budget is
spent or nothing is left to try. The searching itself is scikit-learn's or Optuna's.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from models.folder import Folder

if TYPE_CHECKING:
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
