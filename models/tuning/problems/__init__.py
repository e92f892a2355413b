"""What is tuned: one file is one kind of model, and its name is the file's name.

A problem's file has `DEFAULTS`, its parameters with the values that they have when a scenario does
not search them (of how a network is trained those of digits, which `defaults` replaces), `STEPS`,
and `score`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from models.data import data_file
from models.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from models.tuning.space import Configuration, Value

    Report = Callable[[int, float], None]  # the step, from 1 on, and the score so far

FOLDER = Folder(package=__name__, path=Path(__file__).parent, one="problem", several="problems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Images with labels: what a fit sees, or what it is judged on."""

    images: NDArray[np.float32]  # (n, 1, height, width)
    labels: NDArray[np.int64]  # (n,)

    def rows(self, chosen: NDArray[np.intp]) -> Part:
        """Some of them."""
        return Part(images=self.images[chosen], labels=self.labels[chosen])


class Problem(Protocol):
    """What a file in this folder offers."""

    DEFAULTS: Mapping[str, Value]
    STEPS: str | None  # the parameter that says how often a fit reports; None: it cannot stop early

    def check(self, configuration: Configuration) -> None:
        """ModelError if a value makes no sense; it costs nothing."""

    def score(
        self, configuration: Configuration, train: Part, test: Part, seed: int, report: Report
    ) -> float:
        """The accuracy on `test` of what was fitted to `train`, 0 to 1; seeded."""


def problems() -> tuple[str, ...]:
    """Names of all problems, by file name, without importing them."""
    return FOLDER.names()


def problem_file(name: str) -> Problem:
    """The file of one problem."""
    found: Problem = FOLDER.file(name)
    return found


def defaults(name: str, dataset: str) -> dict[str, Value]:
    """What a scenario that does not search them has: training as the data set's file says."""
    training = data_file(dataset).TRAINING
    usual = asdict(training) if training else {}
    return {one: usual.get(one, value) for one, value in problem_file(name).DEFAULTS.items()}
