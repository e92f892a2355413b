"""Training with forward and backward pass compiled by torch.compile; the update is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import torch_compile, train_eager
from bench.runtimes.compiled import Graphs
from bench.training.session import TrainingSession, learner

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target
    from models.learner import Learner

TASK = "training"
KINDS = train_eager.KINDS
FORM = "module"
PRECISIONS = train_eager.PRECISIONS
LIBRARY = "torch"
COMPILES = True


def preload() -> None:
    """Import torch, the compiler and what trains."""
    torch_compile.preload()
    train_eager.preload()


def load(artifact: Artifact, target: Target) -> Session:
    """Compiled for the one shape that every step brings, while the first is made."""
    return _Session(learner(artifact, target, compiled=True), target)


class _Session(TrainingSession):
    """Steps whose passes torch.compile compiled; the first step does it."""

    def __init__(self, learner: Learner, target: Target) -> None:
        super().__init__(learner, target)
        self._graphs = Graphs()

    def synchronize(self) -> None:
        """Wait, and make sure that something was compiled.

        Raises:
            EngineError: nothing was.
        """
        super().synchronize()
        self._graphs.check()
