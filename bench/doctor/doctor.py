"""What can run on this machine, what cannot, and why; with what would help."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import models
from bench import registry
from bench.device import present
from bench.doctor.finding import Finding
from bench.doctor.gpu import gpu_findings, lacking
from bench.environment import BUSY, HUGE_PAGES, environment
from bench.options import resolve_device, selected_cases
from bench.recorder import STORAGE
from bench.selfcheck.check import stored_floor
from bench.workers.machine import allowed_cores
from models.data import data_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from bench.doctor.finding import State
    from bench.options import Options

CPU = "cpu"
NO_GPU = "needs an NVIDIA GPU; there is none"
LEAST_FREE_BYTES = 1_000_000_000  # artifacts, compiled code and runs of all scenarios fit into it


def findings(options: Options) -> list[Finding]:
    """Everything that was looked at, for the run that these options ask for."""
    cases = selected_cases(options)
    baselines = {case.engine for case in cases if case.is_baseline}
    devices = [resolve_device(name) for name in options.device.split(",")]
    gpu, reason = present.opened(present.measured(devices))
    kind = "cpu" if gpu is None else "cuda"
    is_wanted = set(devices) != {"cpu"} or present.why_cpu(options.device) is not None
    return [
        *_machine(devices),
        *_folders(),
        *(_engine(name, kind, is_needed=name in baselines) for name in registry.names("engines")),
        *_meters("cpu" if gpu is None else "cuda:0"),
        *_data({case.scenario.dataset for case in cases}),
        *gpu_findings(gpu, reason, is_wanted=is_wanted),
    ]


def _machine(devices: Sequence[str]) -> Iterator[Finding]:
    found = environment(devices)
    yield Finding(what="python", state="ok", text=f"{found['python']} on {found['os']}")
    yield Finding(what="cpu", state="ok", text=f"{found['cpu_model']}, {found['cores']} cores")
    yield _pinning()
    yield _load(found)
    if found["governor"] not in (None, "performance"):
        advice = "an operator may set it to performance: cpupower frequency-set -g performance"
        yield Finding(what="governor", state="note", text=f"{found['governor']}; {advice}")
    if found["huge_pages"] == "always":
        advice = "an operator may leave them to who asks: echo madvise > " + str(HUGE_PAGES)
        text = f"always: a process's luck with them is in its times; {advice}"
        yield Finding(what="huge pages", state="note", text=text)
    floor = stored_floor(found["machine"], devices[0])
    yield Finding(
        what="self-check",
        state="note" if floor is None else "ok",
        text="never run here; python -m bench selfcheck shows what this machine can tell apart"
        if floor is None
        else f"identical code differs by up to {floor:.2%} here",
    )


def _pinning() -> Finding:
    cores = allowed_cores()
    if not cores:
        return Finding(what="pinning", state="note", text=f"{sys.platform} does not allow it")
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        return Finding(what="pinning", state="note", text=f"not permitted: {error.strerror}")
    return Finding(what="pinning", state="ok", text=f"cores {', '.join(map(str, cores))}")


def _load(found: dict[str, Any]) -> Finding:
    per_core = found["load"] / found["cores"]
    if per_core < BUSY:
        return Finding(what="load", state="ok", text=f"{found['load']:g}")
    advice = "neighbours will widen the intervals; stop them, or ask for more replicates"
    return Finding(what="load", state="note", text=f"{found['load']:g}: {advice}")


def _folders() -> Iterator[Finding]:
    for what, folder in (("runs", STORAGE), ("cache", models.cache_folder())):
        yield _folder(what, folder)


def _folder(what: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(what=what, state="broken", text=f"{folder}: {error.strerror}")
    if not os.access(folder, os.W_OK):
        return Finding(what=what, state="broken", text=f"{folder}: not writable")
    state: State = "ok" if free_bytes >= LEAST_FREE_BYTES else "note"
    there = f"{_size_bytes(folder) / 1e9:.1f} GB in it, {free_bytes / 1e9:.1f} GB free"
    return Finding(what=what, state=state, text=f"{folder}, {there}")


def _size_bytes(folder: Path) -> int:
    """Of all files below; one that goes meanwhile counts as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - of thousands
    return total


def _engine(name: str, kind: str, *, is_needed: bool) -> Finding:
    engine = registry.engine(name)
    if find_spec(engine.LIBRARY) is None:
        lost = (
            "without a baseline nothing can be compared" if is_needed else "its cases are skipped"
        )
        state: State = "broken" if is_needed else "missing"
        return Finding(what=name, state=state, text=f"{engine.LIBRARY} is not installed; {lost}")
    versions = [
        f"{package} {metadata.version(package)}"
        for package in metadata.packages_distributions().get(engine.LIBRARY, [])
    ]
    said = "; ".join(filter(None, [", ".join(versions), _offers(name, kind)]))
    if kind == "cuda" and (lack := lacking(engine)):
        return Finding(what=name, state="missing", text=f"{said}; {lack}")
    if kind != "cuda" and CPU not in engine.PRECISIONS:
        return Finding(what=name, state="note", text=f"{said}; {NO_GPU}")
    return Finding(what=name, state="ok", text=said)


def _offers(name: str, kind: str) -> str:
    """Its precisions on the CPU, and on a GPU where there is one."""
    places = {CPU: "on the CPU"} | ({"cuda": "on the GPU"} if kind == "cuda" else {})
    precisions = registry.engine(name).PRECISIONS
    offered = [
        f"{where}: {', '.join(sorted(precisions[place]))}"
        for place, where in places.items()
        if place in precisions
    ]
    only = registry.only_built(name, kind)
    return "; ".join(offered) + (f" ({only})" if only else "")


def _meters(device: str) -> Iterator[Finding]:
    """What is measured beside the times, or the meter's own reason why it is not."""
    for name in registry.names("meters"):
        meter = registry.meter(name)
        reason = meter.missing(device)
        summary = meter.__doc__.partition("\n")[0].rstrip(".")
        state: State = "ok" if reason is None else "missing"
        yield Finding(what=f"meter {name}", state=state, text=reason or summary)


def _data(needed: Collection[str | None]) -> Iterator[Finding]:
    for name in models.datasets():
        reason = data_file(name).missing()
        if reason is None:
            yield Finding(what=name, state="ok", text="data set is there")
        else:
            yield Finding(what=name, state="broken" if name in needed else "missing", text=reason)
