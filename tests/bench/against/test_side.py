from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import scenarios
from bench import options, registry
from bench.against import side
from bench.against.side import There, question
from bench.options import OptionError, Options
from bench.workers.machine import ForkServers, Machine
from bench.workers.protocol import PROTOCOL
from bench.workers.server_spec import HERE, Home
from tests.bench.runs import planned
from tests.bench.two_sides import QUESTION
from tests.bench.world import World

if TYPE_CHECKING:
    from bench.case import Case

THERE = Home(checkout=Path("/elsewhere"), python=sys.executable)
SMOKE = Options(scenarios=("smoke",), device="cpu")
OTHER_FORK_SERVER = """
import os, sys
from multiprocessing.connection import Connection
connection = Connection(int(sys.argv[1]))
connection.recv()
connection.send({ready})
connection.recv()
"""


def smoke() -> list[Case]:
    return options.selected_cases(SMOKE)


def test_a_shipped_scenario_is_asked_for_by_its_name() -> None:
    asked = question(smoke(), SMOKE, THERE)
    assert asked.scenarios == ("smoke",)
    assert asked.shipped is None


def test_without_scenarios_defaults_that_were_lost_are_asked_for() -> None:
    asked = question(smoke(), Options(device="cpu"), THERE)
    assert asked.shipped == tuple(scenarios.shipped())


def test_patterns_and_engines_are_passed_on() -> None:
    asked = question(smoke(), replace(SMOKE, cases=("*/b1",), engines=("eager",)), THERE)
    assert (asked.cases, asked.engines, asked.device) == (("*/b1",), ("eager",), "cpu")


def test_a_scenario_of_ones_own_is_the_same_file_there(tmp_path: Path) -> None:
    asked = question(planned(tmp_path), SMOKE, THERE)
    assert asked.scenarios == (str(tmp_path / "two-engines.toml"),)


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_scenario_within_the_repository_is_the_one_of_that_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.setattr(side, "HERE", replace(HERE, checkout=here))
    cases = planned(here)
    if is_committed:
        (there / "two-engines.toml").write_text("")
    asked = question(cases, SMOKE, replace(THERE, checkout=there))
    found = there if is_committed else here
    assert asked.scenarios == (str(found / "two-engines.toml"),)


@pytest.mark.skipif(sys.platform != "linux", reason="starts processes as Linux does")
@pytest.mark.parametrize(
    ("ready", "spoken"),
    [({"ready": True}, "none"), ({"ready": True, "protocol": PROTOCOL + 1}, str(PROTOCOL + 1))],
)
def test_a_checkout_that_speaks_another_protocol_is_refused(
    tmp_path: Path, ready: dict[str, object], spoken: str
) -> None:
    (tmp_path / "bench/workers").mkdir(parents=True)
    (tmp_path / "bench/workers/fork_server.py").write_text(OTHER_FORK_SERVER.format(ready=ready))
    home = Home(checkout=tmp_path, python=sys.executable)
    other = There(name="1b44aa2", title="main~99 (1b44aa2)", home=home, question=QUESTION)
    words = (
        rf"main~99 \(1b44aa2\): workers of that checkout speak protocol {spoken}, "
        f"those of this one {PROTOCOL}: they cannot be measured together"
    )
    with ForkServers() as fork_servers, pytest.raises(OptionError, match=words):
        other.stock(machine_with(fork_servers), lambda _what, _share: None)


@pytest.mark.skipif(sys.platform != "linux", reason="starts processes as Linux does")
def test_an_interpreter_without_our_libraries_is_refused_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "bench/workers").mkdir(parents=True)
    (tmp_path / "bench/workers/fork_server.py").write_text("import beads_that_are_not_installed\n")
    home = Home(checkout=tmp_path, python=sys.executable)
    other = There(name="python", title="/old/bin/python", home=home, question=QUESTION)
    with (
        ForkServers() as fork_servers,
        pytest.raises(OptionError, match="No module named 'beads_that"),
    ):
        other.stock(machine_with(fork_servers), lambda _what, _share: None)


def machine_with(fork_servers: ForkServers) -> Machine:
    return Machine(
        fork_server=fork_servers.get,
        cores=lambda _: (),
        free_memory=lambda _device: 1.0,
        folder=Path(),
    )


def test_what_is_not_installed_here_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "world").mkdir()
    monkeypatch.setattr(registry.engine("onnxruntime"), "LIBRARY", "beads_that_are_not_installed")
    here = side.Here(name="head", title="head", cases=planned(tmp_path))
    stock = here.stock(World(tmp_path / "world").machine(), lambda _what, _share: None)
    by_engine = {name.split("/")[2]: one for name, one in stock.cases.items()}
    assert by_engine["onnxruntime-fp32"].status == "skipped"
    assert by_engine["onnxruntime-fp32"].reason == "beads_that_are_not_installed is not installed"
    assert by_engine["eager-fp32"].artifact is not None
