"""What measuring needs of the world, in one place, so that tests can put a fake world there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

import psutil

import models
from bench import registry
from bench.device import gpu_monitor
from bench.measuring.spent import Spent
from bench.workers.remote import ForkServer
from bench.workers.scratch import scratch
from bench.workers.server_spec import PREPARATION
from models.data import CACHE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.workers.remote import WorkerHandle
    from bench.workers.server_spec import ServerSpec

# Memory that a network frees stays with its process. By its own rules glibc gives much of it back
# and takes it anew at the next layer: faulting pages in was most of the time of an eager network at
# batch 64, and how often it happened a process's luck. 32 MB is the most that glibc takes.
KEPT_MEMORY = f"glibc.malloc.mmap_threshold={32 << 20}:glibc.malloc.trim_threshold={16 << 30}"
# Of trainings now and then a process is a fifth slower for life with kept small pages, none with
# huge ones, which would make some processes of small eager networks at batch 1 slower instead.
HUGE_PAGES = "glibc.malloc.hugetlb=1"


class Forks(Protocol):
    """Something that makes workers: a ForkServer, or a fake one in tests."""

    def ready(self) -> None:
        """Wait until it can; raises Failed."""
        ...

    def fork(self, task: str) -> WorkerHandle:
        """A fresh worker that runs "package.module:function"."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The world as measuring sees it."""

    fork_server: Callable[[ServerSpec], Forks]
    cores: Callable[[int], tuple[int, ...]]  # that workers with so many threads are pinned to
    free_memory: Callable[[str], float]  # share that is available of the memory of a device, or
    # of the host's where that is less: 0 to 1
    folder: Path  # for what workers write; the caller removes it
    starts: int = 1  # processes that can start at once, each on a core of its own
    spent: Spent = field(default_factory=Spent)


@contextmanager
def this_machine() -> Iterator[Machine]:
    """The real one; its processes and files go when the context ends.

    Raises:
        ModelError: nothing that is made can be kept.
    """
    models.check_cache()
    with scratch() as folder, ForkServers() as fork_servers:
        yield Machine(
            fork_server=fork_servers.get,
            cores=_cores,
            free_memory=_free_memory,
            folder=folder,
            starts=len(allowed_cores()) or 1,
        )


class ForkServers:
    """Keeps one fork server per server spec.

    Two replicates never share a fork server: processes forked from one share its memory layout, and
    with it a part of the luck that replicates are there to average over. The groups of a run do
    share them, which saves starting each engine anew for every group.
    """

    def __init__(self) -> None:
        self._started: dict[ServerSpec, ForkServer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for fork_server in self._started.values():
            fork_server.close()

    def get(self, place: ServerSpec) -> ForkServer:
        """The fork server, started now if it is not there or no longer there."""
        fork_server = self._started.get(place)
        if fork_server is None or not fork_server.is_alive:
            if fork_server:
                fork_server.close()
            environment = dict(_environment(place))
            fork_server = ForkServer([place.preload], environment, place.home)
            self._started[place] = fork_server
        return fork_server


def allowed_cores() -> tuple[int, ...]:
    """The cores this process may run on, empty where the system cannot say."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def _cores(threads: int) -> tuple[int, ...]:
    # The last ones: the first core of a machine gets most of its interrupts.
    return allowed_cores()[-threads:]


def _free_memory(device: str) -> float:
    memory = psutil.virtual_memory()
    host = float(memory.available / memory.total)
    of_device = None if device == "cpu" else gpu_monitor.free_memory(device)
    return host if of_device is None else min(host, of_device)


def _environment(place: ServerSpec) -> Iterator[tuple[str, str]]:
    """Variables that libraries read once, when they are imported."""
    yield "OMP_NUM_THREADS", str(place.threads)
    # Threads that spin while they wait would take the core from the worker whose turn it is.
    yield "OMP_WAIT_POLICY", "PASSIVE"
    yield "OPENBLAS_NUM_THREADS", "1"  # numpy would start threads, and then nothing may fork
    trains = place.engine != PREPARATION and registry.task(place.engine) == "training"
    yield "GLIBC_TUNABLES", HUGE_PAGES if trains else KEPT_MEMORY
    # By NVML: asked through CUDA, whether there is a GPU, a process can no longer be forked.
    yield "PYTORCH_NVML_BASED_CUDA_CHECK", "1"
    # CUDA would count the fastest first: what NVML says of cuda:1 would be of another GPU.
    yield "CUDA_DEVICE_ORDER", "PCI_BUS_ID"
    # As it is here: a checkout that is measured against is another folder.
    yield CACHE, str(models.cache_folder())
    yield "TORCHINDUCTOR_CACHE_DIR", str(models.cache_folder() / "inductor")
    yield "TORCHINDUCTOR_COMPILE_THREADS", "1"  # more are processes that outlive the worker
