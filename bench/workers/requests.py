"""What a worker process is asked, and what it answers; a failure is a Reply of remote.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact
    from bench.workers.target import Target
    from bench.workers.warm_up import WarmUp
    from results.gpu_state import GpuState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Request: have a context on this device for as long as the process lives."""

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Request: load this and get ready to be timed. The answer is Loaded."""

    engine: str
    artifact: Artifact
    target: Target
    cores: tuple[int, ...]  # to run on; empty: wherever the system likes
    slowdown: float | None = None  # share by which each call is made longer; None: left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Prewarm:
    """Request: load this and infer once, so that the next process finds it warm. No answer."""

    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadYardstick:
    """Request: get ready to be timed with the yardstick's workload. The answer is Loaded."""

    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading showed."""

    facts: dict[str, str]
    load_s: float  # from the artifact on disk to a session; libraries were imported before
    first_inference_s: float
    warm_up: WarmUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Request: time one block. The answer is TimedBlock."""

    at_least_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedBlock:
    """Durations of a block: one an iteration, or their mean if they could not be told apart."""

    iterations: int
    durations_s: tuple[float, ...]
    gpu: GpuState | None = None  # while the block ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Request: run one meter. The answer is a list of Quantities."""

    meter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Predict:
    """Request: write the first output for every sample to this .npy file.

    The answer is None, or why the output is nothing to be written: that is no failure.
    """

    file: str
