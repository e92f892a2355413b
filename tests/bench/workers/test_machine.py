from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.preparation.preparing import PLACE
from bench.workers import machine
from bench.workers.machine import ForkServers, this_machine
from bench.workers.server_spec import HERE, Home, ServerSpec
from models import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def place(engine: str, *, threads: int = 1, replicate: int = 0, home: Home = HERE) -> ServerSpec:
    return ServerSpec(engine=engine, threads=threads, replicate=replicate, home=home)


class FakeForkServer:
    """Notes what it was started with, and lives until it is told otherwise."""

    made: list[FakeForkServer]

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str], home: Home) -> None:
        self.preload = preload
        self.environment = environment
        self.home = home
        self.is_alive = True
        self.closed = 0
        self.made.append(self)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeForkServer]:
    FakeForkServer.made = []
    monkeypatch.setattr(machine, "ForkServer", FakeForkServer)
    return FakeForkServer.made


def test_groups_share_the_fork_server_of_an_engine_and_replicate(
    made: list[FakeForkServer],
) -> None:
    with ForkServers() as fork_servers:
        assert fork_servers.get(place("eager")) is fork_servers.get(place("eager"))
    assert len(made) == 1
    assert made[0].preload == ["bench.engines.eager:preload"]
    assert made[0].home == HERE


def test_what_prepares_has_a_fork_server_of_its_own(made: list[FakeForkServer]) -> None:
    with ForkServers() as fork_servers:
        assert fork_servers.get(PLACE) is not fork_servers.get(place("eager"))
    assert made[0].preload == ["bench.preparation.preparing:preload"]


@pytest.mark.parametrize(
    "other",
    [
        place("openvino"),
        place("eager", threads=2),
        place("eager", replicate=1),
        place("eager", home=Home(checkout=Path("/elsewhere"), python="python3")),
        place("eager", home=Home(checkout=HERE.checkout, python="/elsewhere/bin/python")),
    ],
)
def test_replicates_engines_threads_checkouts_and_interpreters_have_their_own(
    made: list[FakeForkServer], other: ServerSpec
) -> None:
    with ForkServers() as fork_servers:
        assert fork_servers.get(place("eager")) is not fork_servers.get(other)
    assert len(made) == 2


def test_a_dead_fork_server_is_replaced(made: list[FakeForkServer]) -> None:
    with ForkServers() as fork_servers:
        first = fork_servers.get(place("eager"))
        made[0].is_alive = False
        assert fork_servers.get(place("eager")) is not first
        assert made[0].closed == 1


def test_all_fork_servers_are_closed_at_the_end_whatever_happens(
    made: list[FakeForkServer],
) -> None:
    def fails() -> None:
        with ForkServers() as fork_servers:
            fork_servers.get(place("eager"))
            fork_servers.get(place("openvino"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert [fork_server.closed for fork_server in made] == [1, 1]


def test_libraries_get_the_threads_of_the_case_and_no_threads_that_spin(
    made: list[FakeForkServer],
) -> None:
    with ForkServers() as fork_servers:
        fork_servers.get(place("eager", threads=3))
    assert made[0].environment["OMP_NUM_THREADS"] == "3"
    assert made[0].environment["OMP_WAIT_POLICY"] == "PASSIVE"


def test_workers_are_pinned_to_the_last_of_the_allowed_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {7, 2, 5}, raising=False)
    with this_machine() as found:
        assert found.cores(1) == (7,)
        assert found.cores(2) == (5, 7)
        assert found.cores(9) == (2, 5, 7)


def test_a_system_without_affinity_pins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    with this_machine() as found:
        assert found.cores(1) == ()


def test_what_workers_wrote_goes_with_the_machine(made: list[FakeForkServer]) -> None:
    with this_machine() as found:
        (found.folder / "outputs.npy").write_text("numbers")
        found.fork_server(place("eager"))
        assert 0.0 < found.free_memory("cpu") < 1.0
    assert not found.folder.exists()
    assert made[0].closed == 1


@pytest.mark.parametrize(
    ("engine", "asked"),
    [
        ("eager", "malloc.trim_threshold="),
        ("openvino", "trim_"),
        ("train_eager", "malloc.hugetlb="),
    ],
)
def test_workers_keep_their_memory_or_have_huge_pages(
    made: list[FakeForkServer], engine: str, asked: str
) -> None:
    with ForkServers() as fork_servers:
        fork_servers.get(place(engine))
    assert asked in made[0].environment["GLIBC_TUNABLES"]


def test_workers_ask_nvml_whether_there_is_a_gpu(made: list[FakeForkServer]) -> None:
    with ForkServers() as fork_servers:
        fork_servers.get(place("eager"))
    assert made[0].environment["PYTORCH_NVML_BASED_CUDA_CHECK"] == "1"


def test_cuda_counts_devices_as_nvml_does(made: list[FakeForkServer]) -> None:
    with ForkServers() as fork_servers:
        fork_servers.get(place("eager"))
    assert made[0].environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_a_worker_in_another_checkout_has_the_same_cache(
    made: list[FakeForkServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEEDPROOF_CACHE", "kept")
    with ForkServers() as fork_servers:
        fork_servers.get(place("eager", home=Home(checkout=Path("/elsewhere"), python="python3")))
    assert made[0].environment["SPEEDPROOF_CACHE"] == str(tmp_path / "kept")


def test_nothing_is_started_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="SPEEDPROOF_CACHE"), this_machine():
        pytest.fail("it was started")
