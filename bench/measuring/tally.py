"""What has been collected of one case so far, while its group is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from results.judging import stats

if TYPE_CHECKING:
    from pathlib import Path

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.requests import Loaded
    from results.judging.stats import Ratio
    from results.record import Block, Quantity, Status


@dataclass(slots=True, kw_only=True)
class Tally:
    """The state of a case; the only thing of a measurement that changes."""

    case: Case
    artifact: Artifact | None = None
    loaded: list[Loaded] = field(default_factory=list)  # one a process
    # By replicate, of each process: a baseline is loaded again beside a part of a split group.
    ready_s: dict[int, list[float]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)  # of meters
    predictions: Path | None = None  # .npy, shape (samples, ...)
    stopped: Status | None = None  # "skipped" or "failed", and then no more is measured
    reason: str | None = None
    notes: list[str] = field(default_factory=list)

    def stop(self, status: Status, reason: str) -> None:
        """Measure it no more; the first reason stays."""
        if self.stopped is None:
            self.stopped, self.reason = status, reason

    def note(self, text: str) -> None:
        """Say this of it, once."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def replicates(self) -> int:
        """How many processes have given blocks."""
        return len({block.replicate for block in self.blocks})

    def started(self, replicate: int, loaded: Loaded) -> None:
        """Enter what the load of one process showed."""
        self.loaded.append(loaded)
        ready_s = loaded.load_s + loaded.first_inference_s
        self.ready_s.setdefault(replicate, []).append(ready_s)

    def ready_ratio(self, baseline: Tally) -> Ratio | None:
        """Time until the first answer over the baseline's of the same replicate."""
        return stats.ratio_of_processes(
            {number: median(each) for number, each in self.ready_s.items()},
            {number: median(each) for number, each in baseline.ready_s.items()},
        )

    @property
    def clock(self) -> str | None:
        """What its blocks are timed by; None before it was loaded."""
        return self.loaded[0].facts.get("clock") if self.loaded else None

    def ratio(self, baseline: Tally) -> Ratio | None:
        """Time over the baseline's, from what there is so far; None across clocks."""
        if self.clock != baseline.clock:
            return None
        return stats.ratio(self.blocks, baseline.blocks)

    def is_settled(self, baseline: Tally, target_width: float) -> bool:
        """Whether the ratio's interval is as narrow as the scenario asks."""
        if baseline.clock and self.clock != baseline.clock:
            return True  # there will never be a ratio
        ratio = self.ratio(baseline)
        return ratio is not None and is_narrow(ratio, target_width)


def is_narrow(ratio: Ratio, target_width: float) -> bool:
    """Whether its interval is no wider than this share of it."""
    if ratio.low is None or ratio.high is None:
        return False
    return ratio.high - ratio.low <= target_width * ratio.value
