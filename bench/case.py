"""A Case: one variant on one engine at one batch size; its id is its name everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.workers.server_spec import HERE
from bench.workers.target import Target
from results.record import CaseKey

if TYPE_CHECKING:
    from bench.workers.server_spec import Home
    from scenarios.scenario import ModelSource, Scenario, Technique


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a worker measures, before anything was built for it."""

    scenario: Scenario
    model: ModelSource
    techniques: tuple[Technique, ...]
    engine: str
    precision: str
    device: str  # "cpu" or "cuda:0"
    batch_size: int
    threads: int
    is_baseline: bool
    twin: str | None = None  # the name of a copy of a case, to be told apart from the original
    slowdown: float | None = None  # share by which the copy is slowed; 0.0: by the clock's reads
    home: Home = HERE  # where its workers come from

    @property
    def variant(self) -> str:
        """The model with its techniques: "simple_cnn+prune_structured@ratio=0.5"."""
        return "+".join([self.model.name, *map(str, self.techniques)])

    @property
    def id(self) -> str:
        """Readable and unique within a run: "digits-cnn/simple_cnn+dense/eager-fp32/b1"."""
        parts = [self.scenario.name, self.variant, f"{self.engine}-{self.precision}"]
        parts.append(f"b{self.batch_size}")
        if self.threads != 1:
            parts.append(f"t{self.threads}")
        if self.device != "cpu":
            parts.append(self.device.replace(":", ""))
        if self.twin is not None:
            parts.append(self.twin)
        return "/".join(parts)

    @property
    def group(self) -> str:
        """Cases with the same group are measured together and compared."""
        parts = [self.scenario.name, f"b{self.batch_size}", f"t{self.threads}", self.device]
        return "/".join(parts)

    @property
    def target(self) -> Target:
        """What its engine has to know."""
        return Target(
            precision=self.precision,
            device=self.device,
            batch_size=self.batch_size,
            threads=self.threads,
        )

    def key(self) -> CaseKey:
        """The case as names only, for the record."""
        return CaseKey(
            id=self.id,
            scenario=self.scenario.name,
            model=self.model.name,
            techniques=tuple(map(str, self.techniques)),
            engine=self.engine,
            precision=self.precision,
            device=self.device,
            batch_size=self.batch_size,
            threads=self.threads,
            is_baseline=self.is_baseline,
        )
