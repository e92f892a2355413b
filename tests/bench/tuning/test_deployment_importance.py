"""What a search for what to ship depends on, where there is anything to depend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.tuning.deployment_importance import importance
from bench.tuning.deployment_text import text
from tests.bench.deployments import BATCHES, deployment, silent
from tests.bench.fakes import TICK_S
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.world import World


def test_an_objective_that_has_one_value_depends_on_nothing(tmp_path: Path, world: World) -> None:
    """All cells answer alike, as one network in one precision does."""
    search = deployment(tmp_path, world, planned(tmp_path, BATCHES))
    world.takes("*/eager-fp32/*", 40 * TICK_S)
    search.search(100, silent)
    assert search.measured == 8
    assert list(importance(search.study)) == ["time"]
    assert next(iter(importance(search.study)["time"])) == "engine"
    shown = text(search, 1000)
    assert "What time, on a log scale, depends on" in shown
    assert "What accuracy depends on" not in shown


def test_of_few_cells_nothing_can_be_said(tmp_path: Path, world: World) -> None:
    search = deployment(tmp_path, world, planned(tmp_path, BATCHES))
    world.takes("*/eager-fp32/*", 40 * TICK_S)
    search.search(7, silent)
    assert importance(search.study) == {}
