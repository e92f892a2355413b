"""Deployment tuning of the scripted world, for tests of the search and of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.tuning.deployment import Deployment, study_of
from models.tuning.storage import open_storage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.case import Case
    from tests.bench.world import World

BATCHES = ("batch_sizes = [1]", "batch_sizes = [1, 4]")


def deployment(folder: Path, world: World, cases: Sequence[Case]) -> Deployment:
    study = study_of(open_storage(folder / "deploy.journal"), cases, 0)
    return Deployment(cases=cases, machine=world.machine(), study=study)


def silent(_share: float, _text: str) -> None:
    pass
