"""Fixtures of the tests of bench: a scripted world, and a cache that is not the user's."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bench.meters import cpu_time, host_memory
from bench.workers.machine import this_machine
from tests.bench.gpu_world import RECORDING
from tests.bench.nvml_tape import Replay
from tests.bench.one_replicate import OneReplicate
from tests.bench.runs import TWO_ENGINES, BenchRun, fake_world
from tests.bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.real import Real


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests that prepare something real."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(shared_cache: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPEEDPROOF_CACHE", str(shared_cache))
        yield


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Replay:
    """NVML as it was recorded, with two GPUs; a test may put other answers on the tape."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    made = Replay(RECORDING)
    monkeypatch.setitem(sys.modules, "pynvml", made)
    return made


@pytest.fixture
def one(world: World, tmp_path: Path) -> OneReplicate:
    """One replicate in the scripted world."""
    return OneReplicate(world, tmp_path)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A scripted world whose meters read its clock and a made-up /proc."""
    made = World(tmp_path / "world")
    made.folder.mkdir()
    status = tmp_path / "status"
    status.write_text("VmHWM:\t    2048 kB\n")
    smaps = tmp_path / "smaps"
    smaps.write_text("1-2 r-xp 0 fe:00 7 /lib.so\nRss:  512 kB\nAnonymous:  0 kB\n")
    monkeypatch.setattr(cpu_time, "time", SimpleNamespace(process_time=made.clock))
    monkeypatch.setattr(host_memory, "STATUS", status)
    monkeypatch.setattr(host_memory, "SMAPS", smaps)
    return made


@pytest.fixture
def bench_run(
    pytester: pytest.Pytester, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> BenchRun:
    """`pytest bench/` in the scripted world, with the scenario TWO_ENGINES."""
    fake_world(monkeypatch, world)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    scenario = tmp_path / "two-engines.toml"
    scenario.write_text(TWO_ENGINES)
    return BenchRun(pytester=pytester, folder=tmp_path, scenario=scenario)


@pytest.fixture(scope="session")
def real(_own_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """Real engines in real workers, started when the first test asks for them."""
    from tests.bench.real import Real

    with this_machine() as machine:
        yield Real(machine, tmp_path_factory.mktemp("real"))
