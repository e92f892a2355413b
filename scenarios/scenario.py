"""What a scenario file says, checked and frozen: names and numbers, never objects of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Scalar = int | float | str | bool
Kind = Literal["family", "onnx", "exported", "factory"]
Task = Literal["inference", "training"]

TOP_LEVEL = "top level"  # how errors call the keys that stand before the first table
# Peaks of the same code differed by up to 0.8 % between two runs of six cases on two cores.
DEFAULT_MEMORY_MARGIN = 0.02
DEFAULT_MARGIN = (
    0.01  # the design's A/A ratios stay within 0.4 % (one sigma) of 1: 1 % is 2.5 sigma
)


class ScenarioError(ValueError):
    """A scenario that cannot be run as written; one line per mistake, fit to be shown as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """One technique with the options that the file gives; `str` is its name everywhere."""

    name: str  # "prune_structured"
    options: tuple[tuple[str, Scalar], ...] = ()  # (("ratio", 0.5),), sorted by name

    def __str__(self) -> str:
        """The form that scenario files use: "prune_structured@ratio=0.5", or "dense"."""
        options = ",".join(f"{key}={_scalar(value)}" for key, value in sorted(self.options))
        return f"{self.name}@{options}" if options else self.name


def _scalar(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).replace("e+", "e")  # "+" composes techniques
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """Where the model comes from."""

    kind: Kind
    target: str  # a family's name, an absolute path, or "package.module:function"
    name: str  # for ids: letters, digits, "_", "." and "-" only


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input of a user's own model."""

    shape: tuple[int | str, ...]  # "batch" stands for the batch axis; without it, one for all
    dtype: str  # numpy's name of it: "float32", "int64", ...
    low: float | None  # random values are uniform from low to high, both included;
    high: float | None  # without them bench chooses by dtype


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a user's own model is fed: arrays of a file, or seeded random values."""

    npz: Path | None  # one array per input, and "labels" if accuracy is wanted
    samples: int  # how many random samples; not used with npz
    seed: int
    tensors: Mapping[str, TensorSpec]  # a factory needs them; a file says what they leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much measuring a case is worth."""

    replicates: int = 5  # processes per case: five found 1 % in the A/A runs that design.md reports
    seconds_per_case: float = 2.0  # in all replicates together, to be aimed at; warm-up not counted
    target_width: float = 0.02  # of the ratio's 95 % interval; narrower is not worth more time
    time_limit_s: float = 120.0  # a worker that takes longer hangs, and is killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What the trainings of a training scenario are to reach, and the plain loop's setting."""

    target_accuracy: float  # of the held-out images, 0 to 1
    most_epochs: int  # after which a training that has not reached it is given up
    learning_rate: float
    seeds: int  # trainings of each variant: 0, 1, 2, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What every case of a group is compared with; measured even if no matrix lists it."""

    model: ModelSource
    techniques: tuple[Technique, ...]
    engine: str
    precision: str

    def __str__(self) -> str:
        """The form that scenario files use: "simple_cnn+dense/eager-fp32"."""
        techniques = "+".join(str(technique) for technique in self.techniques)
        return f"{self.model.name}+{techniques}/{self.engine}-{self.precision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Cases as a product: each entry of a field meets each entry of the others."""

    section: str  # for errors: "[matrix]", or "[[matrix]] number 2"
    models: tuple[ModelSource, ...]
    techniques: tuple[tuple[Technique, ...], ...]  # of each variant, in the order of application
    engines: tuple[str, ...]
    precisions: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    threads: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario file; no two of its cases are the same."""

    name: str  # the file's stem
    file: Path
    summary: str
    default: bool  # whether it runs when no scenario is named
    task: Task  # what its cases do
    training: Training | None  # None for inference
    models: tuple[ModelSource, ...]  # families of the suite, or one of the user's own
    dataset: str | None  # of families; None for a user's own model
    inputs: Inputs | None  # None for a family, and where the model's file says it all
    baseline: Baseline
    budget: Budget
    margin: float  # relative: a smaller change of time does not count
    memory_margin: float  # the same of peak memory, between two runs
    matrices: tuple[Matrix, ...]
    device: str | None  # the one that it asks about, "cpu" or "cuda"; None: whichever is there

    @property
    def own_model(self) -> ModelSource | None:
        """The model that the user brings; None where the models are families of the suite."""
        first = self.models[0]
        return None if first.kind == "family" else first

    def error(self, section: str, problem: str) -> ScenarioError:
        """An error found later than parsing, with the file and the section before it."""
        return ScenarioError(f"{self.file.name}: {section}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineWords:
    """What a scenario may ask of an engine."""

    precisions: frozenset[str]  # {"fp32", "bf16"}
    kinds: frozenset[str]  # of ModelSource, that it can run
    task: Task = "inference"  # what it does with a model


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that scenario files may use, as the folders of the suite hold them."""

    families: frozenset[str]
    datasets: frozenset[str]
    techniques: Mapping[str, Mapping[str, Scalar]]  # options of each, with their defaults
    engines: Mapping[str, EngineWords]
    tasks: Mapping[str, frozenset[str]]  # of each technique: where it means something
