from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.measuring.starting import server_spec, start, start_ahead
from bench.workers.server_spec import Home, ServerSpec
from tests.bench.runs import planned

if TYPE_CHECKING:
    from tests.bench.world import World

HERE = [ServerSpec(engine=engine, threads=1, replicate=0) for engine in ("eager", "openvino")]


def test_a_worker_is_born_where_its_engine_threads_and_checkout_say(tmp_path: Path) -> None:
    home = Home(checkout=Path("/elsewhere"), python="python3")
    case = replace(planned(tmp_path)[0], threads=2, home=home)
    wanted = ServerSpec(engine="eager", threads=2, replicate=4, home=home)
    assert server_spec(case, 4) == wanted
    assert server_spec(replace(case, engine="torch_cuda_graph", device="cuda:0"), 4) == wanted


def test_each_fork_server_is_asked_for_once(world: World, tmp_path: Path) -> None:
    found = start(world.machine(), planned(tmp_path), 1)
    assert world.started == [("eager", 1, 1), ("onnxruntime", 1, 1)]
    assert [place.engine for place in found] == ["eager", "onnxruntime"]


@pytest.mark.parametrize(
    ("cores", "replicates", "ahead"),
    [
        pytest.param(1, 3, {}, id="a core for less than one replicate"),
        pytest.param(3, 3, {}, id="for one"),
        pytest.param(4, 5, {0: [1], 2: [3]}, id="for two"),
        pytest.param(16, 3, {0: [1, 2]}, id="for more than there will be"),
    ],
)
def test_later_replicates_start_beside_this_one_where_cores_would_be_idle(
    world: World, cores: int, replicates: int, ahead: dict[int, list[int]]
) -> None:
    world.starts = cores
    for number in range(replicates):
        world.started.clear()
        own = [replace(place, replicate=number) for place in HERE]
        start_ahead(world.machine(), own, number, replicates)
        wanted = [(place.engine, 1, later) for later in ahead.get(number, []) for place in HERE]
        assert world.started == wanted
