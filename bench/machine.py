"""What measuring needs of the world, in one place, so that tests can put a fake world there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psutil

import models
from bench.remote import Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.remote import Asked


class Forks(Protocol):
    """Something that makes workers: a Nursery, or a fake one in tests."""

    def ready(self) -> None:
        """Wait until it can; raises Failed."""
        ...

    def fork(self, task: str) -> Asked:
        """A fresh worker that runs "package.module:function"."""
        ...

    def close(self) -> None:
        """End it and its workers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The world as measuring sees it."""

    launch: Callable[[Sequence[str], int], Forks]  # what to preload, threads -> a nursery
    cores: Callable[[int], tuple[int, ...]]  # that workers with so many threads are pinned to
    free_memory: Callable[[], float]  # share of the machine's memory that is available, 0 to 1
    folder: Path  # for what workers write; the caller removes it


def this_machine(folder: Path) -> Machine:
    """The real one."""
    return Machine(launch=_launch, cores=_cores, free_memory=_free_memory, folder=folder)


def allowed_cores() -> tuple[int, ...]:
    """The cores this process may run on, empty where the system cannot say."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def _cores(threads: int) -> tuple[int, ...]:
    # The last ones: the first core of a machine gets most of its interrupts.
    return allowed_cores()[-threads:]


def _free_memory() -> float:
    memory = psutil.virtual_memory()
    return float(memory.available / memory.total)


def _launch(preload: Sequence[str], threads: int) -> Nursery:
    return Nursery(preload, dict(_environment(threads)))


def _environment(threads: int) -> Iterator[tuple[str, str]]:
    """Variables that libraries read once, when they are imported."""
    yield "OMP_NUM_THREADS", str(threads)
    # Threads that spin while they wait would take the core from the worker whose turn it is.
    yield "OMP_WAIT_POLICY", "PASSIVE"
    yield "OPENBLAS_NUM_THREADS", "1"  # numpy would start threads, and then nothing may fork
    yield "TORCHINDUCTOR_CACHE_DIR", str(models.cache_folder() / "inductor")
    yield "TORCHINDUCTOR_COMPILE_THREADS", "1"  # more are processes that outlive the worker
