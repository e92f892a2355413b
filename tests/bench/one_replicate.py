"""One replicate of two variants on two engines, in a scripted world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measuring.budget import Effort
from bench.measuring.replicate import Replicate
from bench.measuring.scope import EVERYTHING
from bench.measuring.tally import Tally
from tests.bench.runs import planned
from tests.bench.world import made_up

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measuring.scope import Scope
    from results.record import Block
    from tests.bench.world import World

PASSES = 6
EFFORT = Effort(replicates=3, most_replicates=5, replicate_s=PASSES * 0.02 + 0.001)


class OneReplicate:
    """Runs one replicate in a world, and keeps what came of it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.tallies = [
            Tally(case=case, artifact=made_up(case, world.folder)) for case in planned(folder)
        ]
        self.yardstick: list[Block] = []
        self.done: list[str] = []

    def __call__(
        self, number: int = 0, first_round: int = 0, scope: Scope = EVERYTHING
    ) -> list[Tally]:
        machine = self.world.machine()
        self.replicate = Replicate(machine, EFFORT, number, first_round, scope=scope)
        return self.replicate.run(
            self.tallies, self.yardstick, lambda tally: self.done.append(tally.case.id)
        )

    def of(self, name: str) -> Tally:
        (found,) = (tally for tally in self.tallies if tally.case.id.endswith(name))
        return found
