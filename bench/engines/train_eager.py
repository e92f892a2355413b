"""Training by PyTorch as it is written: a call is one step, the fetching of its batch included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.training.session import TrainingSession, learner

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

TASK = "training"
KINDS = frozenset({"family"})
FORM = "module"
PRECISIONS = {"cpu": frozenset({"fp32", "bf16"}), "cuda": frozenset({"fp32", "bf16", "fp16"})}
LIBRARY = "torch"


def preload() -> None:
    """Import torch and what trains.

    An optimiser imports the compiler when it is made, compiled or not, which takes most of a
    second: each worker of this engine alone would count that as its loading.
    """
    import torch._dynamo  # noqa: F401

    import models.learner  # noqa: F401


def load(artifact: Artifact, target: Target) -> Session:
    """A network with random weights, its optimiser and its data; nothing is compiled."""
    return TrainingSession(learner(artifact, target, compiled=False), target)
