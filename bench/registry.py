"""The folders are the registry: which engines and meters there are, by their file names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models
from models.techniques import tasks
from scenarios.scenario import EngineWords, Vocabulary

if TYPE_CHECKING:
    from types import ModuleType

    from scenarios.scenario import Task


def names(folder: str) -> list[str]:
    """The names in one of bench's folders, "engines" or "meters"; what begins with _ is none."""
    files = (Path(__file__).parent / folder).glob("*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def engine(name: str) -> Any:  # noqa: ANN401 - a module with the contract of bench.engines
    """The module of an engine; its third-party library is not imported by this."""
    module: ModuleType = importlib.import_module(f"bench.engines.{name}")
    return module


def task(name: str) -> Task:
    """What an engine is for: "inference", or "training" if a call is one step."""
    found: Task = getattr(engine(name), "TASK", "inference")
    return found


def quantiser(name: str, precision: str) -> str | None:
    """The way to quantise that an engine's file of this precision is made in, if any."""
    ways: dict[str, str] = getattr(engine(name), "QUANTISERS", {})
    return ways.get(precision)


def only_built(name: str, device: str) -> str | None:
    """The reason why an engine's cases on a device ("cuda:0") are built and not run, or None."""
    reasons: dict[str, str] = getattr(engine(name), "ONLY_BUILT", {})
    return reasons.get(device.partition(":")[0])


def fork_server_of(name: str, device: str) -> str:
    """The engine whose fork server workers of this one come from; it imports what they need.

    Engines with one `preload` share it, as the cases of one engine do.
    """
    own = engine(name)
    shared = str(own.preload.__module__).rpartition(".")[2]
    elsewhere: dict[str, str] = getattr(own, "FORK_SERVERS", {})
    return elsewhere.get(device.partition(":")[0], shared)


def meter(name: str) -> Any:  # noqa: ANN401 - a module with the contract of bench.meters
    """The module of a meter."""
    module: ModuleType = importlib.import_module(f"bench.meters.{name}")
    return module


def vocabulary() -> Vocabulary:
    """Every name that a scenario may use, whatever the device at hand offers."""
    return Vocabulary(
        families=frozenset(models.families()),
        datasets=frozenset(models.datasets()),
        techniques=models.techniques(),
        engines={
            name: EngineWords(
                precisions=frozenset().union(*engine(name).PRECISIONS.values()),
                kinds=engine(name).KINDS,
                task=task(name),
            )
            for name in names("engines")
        },
        tasks={name: tasks(name) for name in models.techniques()},
    )
