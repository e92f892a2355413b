"""What was found out about one configuration."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.space import Value

State = Literal["running", "complete", "pruned", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The measurements of a trial, as they are stored."""

    fold_scores: tuple[float, ...]  # accuracies, 0 to 1, of the folds that were finished
    fold_seconds: tuple[float, ...]  # wall time of every fit that was begun, with its judging
    cpu_s: float  # what the process burnt meanwhile, which other load on the machine hardly changes
    thought_s: float  # what the searcher took to propose it, in time of the processor
    steps: Mapping[int, float] = field(default_factory=dict)  # scores on the way
    pruned: bool = False  # ended early, as it went badly

    @property
    def score(self) -> float:
        """The mean over the folds, 0 to 1."""
        return sum(self.fold_scores) / len(self.fold_scores)

    @property
    def fits(self) -> int:
        """How many fits were begun."""
        return len(self.fold_seconds)

    @property
    def duration_s(self) -> float:
        """Fitting and judging, wall time, and proposing."""
        return sum(self.fold_seconds) + self.thought_s

    @property
    def effort_s(self) -> float:
        """The same in time of the processor: what searches are compared by."""
        return self.cpu_s + self.thought_s

    def as_dict(self) -> dict[str, Any]:
        """For JSON, whose keys are texts."""
        steps = {str(step): score for step, score in self.steps.items()}
        return {**asdict(self), "steps": steps}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Found:
        """Back from JSON."""
        return cls(
            **{
                **stored,
                "fold_scores": tuple(stored["fold_scores"]),
                "fold_seconds": tuple(stored["fold_seconds"]),
                "steps": {int(step): score for step, score in stored["steps"].items()},
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One configuration on all folds, as the study keeps it."""

    number: int  # in the order in which they were begun, over all processes
    state: State
    configuration: Mapping[str, Value]
    rows: int | None  # of the training images; None: all
    found: Found | None  # None while it runs, and if it failed
    reason: str | None = None  # why it failed

    @property
    def whole(self) -> bool:
        """Whether it was judged on all folds of all training images, as every search's best is."""
        return self.state == "complete" and self.rows is None
