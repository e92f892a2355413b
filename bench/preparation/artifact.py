"""What preparation leaves on disk for workers: a model in one form, and its inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a model holds and costs, as far as its form shows it."""

    params: int
    nonzero_params: int
    macs: int | None = None  # multiply-accumulates of one sample


class RecipeFields(TypedDict):
    """The fields of a models.Recipe, as plain data."""

    family: str
    techniques: tuple[str, ...]
    dataset: str


class TrainingFields(TypedDict):
    """What a training scenario says of its trainings, and where what they reached is stored."""

    target_accuracy: float
    most_epochs: int
    learning_rate: float
    batches_per_step: int  # of the case's batch size, that one step trains on
    curves: tuple[str, ...]  # a file of bench.training.source for each seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One prepared model; plain data, so that it can be stored and sent as JSON."""

    path: str  # weights, an ONNX or torch.export file, the factory's folder; "" for what trains
    recipe: RecipeFields | None = None  # for weights: which module they belong to
    factory: str | None = None  # "package.module:function"
    training: TrainingFields | None = None  # for a network that is to be trained
    inputs: str  # folder of an InputSet
    size_bytes: int | None = None  # what would be shipped: weights, model file or plan
    params: int | None = None
    nonzero_params: int | None = None
    macs: int | None = None  # multiply-accumulates of one sample
    batch_symbols: tuple[str, ...] = ()  # of an ONNX file, which leaves the batch open
    build_s: float | None = None  # what compiling it ahead took, where the engine does that
    facts: Mapping[str, str]  # how it was made
    notes: tuple[str, ...] = ()

    def with_counts(self, counts: Counts) -> Artifact:
        """The same with what was counted in the model."""
        return replace(
            self, params=counts.params, nonzero_params=counts.nonzero_params, macs=counts.macs
        )

    @property
    def file(self) -> Path:
        """The path as a Path."""
        return Path(self.path)
