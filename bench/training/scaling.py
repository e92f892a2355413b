"""What several processes make of a training: their step over that of one alone, with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from results.fields import Fields
from results.judging import stats
from results.judging.change import latency_change
from results.judging.verdict import verdicts
from results.layout import report
from results.record import read_block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.judging.change import Change
    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.record import Block

REASON = "reason"  # the key of an answer that says why there is no Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one group of processes has measured: one replicate."""

    backend: str  # of torch.distributed
    batch_size: int  # of a step, in all processes together
    alone: tuple[Block, ...]
    together: tuple[Block, ...]

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Part:
        """Back from its dataclasses.asdict, as JSON has it."""
        fields = Fields(stored, "answer")
        blocks = {
            name: tuple(read_block(each) for each in fields.inners(name))
            for name in ("alone", "together")
        }
        return cls(backend=fields.text("backend"), batch_size=fields.count("batch_size"), **blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """One training by several processes against the same by one, judged as cases are."""

    case: str
    processes: int
    device: str  # "cpu" or "cuda"
    backend: str
    batch_size: int
    alone_s: float  # of a step by one process, median over all blocks
    together_s: float
    ratio: Ratio  # of together over alone; below 1 is faster
    verdict: Verdict
    margin: float  # relative

    @property
    def efficiency(self) -> float:
        """Share of the processes' work that made the step faster: 1 is all of it."""
        return 1.0 / (self.ratio.value * self.processes)

    @property
    def change(self) -> Change:
        """As what everything that judges ends with."""
        return latency_change(self.case, self.ratio, self.verdict.name, self.verdict.why)

    def as_dict(self) -> dict[str, Any]:
        """The public JSON form."""
        return {
            "case": self.case,
            "processes": self.processes,
            "device": self.device,
            "backend": self.backend,
            "batch_size": self.batch_size,
            "alone_s": self.alone_s,
            "together_s": self.together_s,
            "ratio": self.ratio.value,
            "ratio_low": self.ratio.low,
            "ratio_high": self.ratio.high,
            "replicates": self.ratio.replicates,
            "efficiency": self.efficiency,
            "verdict": self.verdict.name,
            "why": self.verdict.why,
            "margin": self.margin,
        }


def scaling(
    case: str, processes: int, device: str, parts: Sequence[Part], margin: float
) -> Scaling:
    """Judge what these groups of processes have measured, at least one.

    A group is a replicate: its rounds share its luck, and only the groups' ratios enter the test.
    """
    alone = [block for part in parts for block in part.alone]
    together = [block for part in parts for block in part.together]
    ratio = stats.ratio(together, alone)
    if ratio is None:
        msg = f"{case}: no round was measured of both"
        raise ValueError(msg)
    (verdict,) = verdicts([ratio], margin)
    return Scaling(
        case=case,
        processes=processes,
        device=device.partition(":")[0],
        backend=parts[0].backend,
        batch_size=parts[0].batch_size,
        alone_s=_median_s(alone),
        together_s=_median_s(together),
        ratio=ratio,
        verdict=verdict,
        margin=margin,
    )


def text(found: Scaling) -> str:
    """For people: the verdict, and what it was made of."""
    ratio, verdict = found.ratio, found.verdict
    unit = report.unit_for([found.alone_s, found.together_s], report.SECONDS)
    together, alone = (report.scaled(each, unit) for each in (found.together_s, found.alone_s))
    replicates = f"{ratio.replicates} replicate{'' if ratio.replicates == 1 else 's'}"
    return (
        f"{found.case}: {found.processes} processes ({found.backend}, {found.device}) against one "
        f"alone, {found.batch_size} samples a step\n"
        f"verdict     {report.times(ratio, verdict.name)} ({verdict.why})\n"
        f"time ratio  {report.interval(ratio.value, ratio.low, ratio.high)}, {replicates}\n"
        f"step        {together} {unit.name} together, {alone} {unit.name} alone\n"
        f"efficiency  {found.efficiency:.0%}"
    )


def _median_s(blocks: Sequence[Block]) -> float:
    return median(stats.block_level(block) for block in blocks)
