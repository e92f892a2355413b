"""How a case's seconds become blocks: lengths, passes, and how many replicates at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.scenario import Budget

BLOCK_S = 0.02  # see docs/measuring.md: between 10 and 30 ms the A/A spread is the same
PASSES = 16  # per replicate; more blocks in a process buy little, more processes do
MORE_OF_CONTROLS = 2  # times: doubting every verdict of a group asks for more than its cases do
FEWEST_PASSES = 4  # a replicate's summary of fewer blocks follows a single interruption


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The plan for one scenario's cases."""

    replicates: int  # for every case
    most_replicates: int  # for a case whose interval is still too wide
    replicate_s: float  # measured time of a case in one replicate

    @property
    def most_of_controls(self) -> int:
        """Replicates, for a control that has not come out as it must."""
        return MORE_OF_CONTROLS * self.most_replicates

    def passes(self, iteration_s: float) -> int:
        """In how many passes of a replicate a case takes part, if its iterations last so long."""
        block_s = max(BLOCK_S, iteration_s)
        return max(FEWEST_PASSES, min(PASSES, int(self.replicate_s / block_s)))


def effort(budget: Budget) -> Effort:
    """Spread a case's seconds over its replicates.

    The planned replicates come first; what they leave of the seconds is for further replicates
    of the cases that need them.
    """
    replicate_s = min(PASSES * BLOCK_S, budget.seconds_per_case / budget.replicates)
    affordable = int(budget.seconds_per_case / replicate_s + 1e-9)
    return Effort(
        replicates=budget.replicates,
        most_replicates=max(budget.replicates, affordable),
        replicate_s=replicate_s,
    )
