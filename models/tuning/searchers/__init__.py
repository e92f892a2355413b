"""How to search: one file is one searcher, and its name is the file's name.

A searcher's file has `run(task)`, which has configurations evaluated until the task's budget is
spent or nothing is left to try. The searching itself is scikit-learn's or Optuna's.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from models.errors import ModelError

if TYPE_CHECKING:
    from models.tuning.task import Task


class Searcher(Protocol):
    """What a file in this folder offers."""

    EXHAUSTIVE: bool  # it tries everything, whatever the scenario's budget: the others' reference
    STOPS_EARLY: bool  # it ends what goes badly, which only some problems can do

    def run(self, task: Task) -> None:
        """Search; `models.tuning.task.Spent` ends it at any time."""


def searchers() -> tuple[str, ...]:
    """Names of all searchers, by file name, without importing them."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem[0] != "_"))


def searcher_file(name: str) -> Searcher:
    """The file of one searcher."""
    if name not in searchers():
        msg = f"unknown searcher {name!r}; searchers are {', '.join(searchers())}"
        raise ModelError(msg)
    return cast("Searcher", importlib.import_module(f"models.tuning.searchers.{name}"))
