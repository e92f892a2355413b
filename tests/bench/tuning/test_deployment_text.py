"""What a search for what to ship says, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.tuning.deployment_text import found, text
from bench.workers.remote import Failed, Skipped
from tests.bench.deployments import BATCHES, deployment, silent
from tests.bench.fakes import TICK_S
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tuning.deployment import Deployment
    from tests.bench.world import World

DENSE_ONNX = "simple_cnn+dense/onnxruntime-fp32/b1"
HALF_EAGER = "simple_cnn+half_width/eager-fp32/b1"
HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"


@pytest.fixture
def search(tmp_path: Path, world: World) -> Deployment:
    return deployment(tmp_path, world, planned(tmp_path))


def test_the_text_says_what_was_measured_and_how_to_measure_it_well(
    search: Deployment, world: World
) -> None:
    world.takes(HALF_ONNX, TICK_S / 4)
    search.search(100, silent)
    lines = text(search, 1000).splitlines()
    assert lines[2].split()[:5] == ["simple_cnn+half_width", "onnxruntime", "fp32", "1", "1"]
    assert "0.250 (0.250 to 0.250)" in lines[2]
    assert lines[4].startswith(
        "4 of 4 cells of two-engines measured (100%), 0 failed or skipped. "
        "No other of them beats these 1 in time and accuracy together."
    )
    assert lines[-1].endswith(f"--case 'two-engines/{HALF_ONNX}'")


def test_of_every_cell_the_numbers_are_kept_and_whether_it_is_on_the_front(
    search: Deployment, world: World
) -> None:
    world.takes(HALF_ONNX, TICK_S / 4)
    world.breaks(DENSE_ONNX, Skipped("not here"))
    search.search(100, silent)
    kept = found(search)
    fastest, *others = kept.rows
    assert (fastest["case"], fastest["time"], fastest["accuracy"], fastest["held_out"]) == (
        f"two-engines/{HALF_ONNX}",
        0.25,
        *(search.front()[0].accuracy, search.front()[0].held_out),
    )
    assert [row["on_front"] for row in kept.rows] == [True, False, False]
    assert {row["case"] for row in others} == {
        "two-engines/simple_cnn+dense/eager-fp32/b1",
        f"two-engines/{HALF_EAGER}",
    }
    assert kept.facts["failed"] == {f"two-engines/{DENSE_ONNX}": "not here"}
    assert (kept.facts["space"], kept.facts["measured"], kept.facts["seed"]) == (4, 3, 0)
    assert kept.importance is None  # of three cells nothing can be said


def test_importance_is_of_both_objectives_and_of_time_as_it_is_compared(
    tmp_path: Path, world: World
) -> None:
    search = deployment(tmp_path, world, planned(tmp_path, BATCHES))
    world.takes("*/eager-fp32/*", 100 * TICK_S)
    world.takes("*half*/onnx*", TICK_S / 100, error=8.0)
    search.search(100, silent)
    shares = found(search).importance
    assert shares is not None
    assert next(iter(shares["accuracy"])) == "variant"
    assert shares["time"]["variant"] > 0.1  # of times themselves the slow engine would be all


def test_with_nothing_to_show_the_reasons_are_shown(search: Deployment, world: World) -> None:
    world.breaks("*", Failed("out of luck"))
    search.search(100, silent)
    assert text(search, 80).splitlines()[0] == "No cell could be measured."
    assert "out of luck" in text(search, 80)
