"""What a run ran on: everything that may explain a number, read once a run."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import asdict
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench import __version__, registry
from bench.device.nvml import told
from bench.device.present import measured, opened
from bench.device.use import in_use
from bench.workers.machine import allowed_cores
from bench.workers.protocol import MEASUREMENT
from results.record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.device.nvml import Gpu

ROOT = Path(__file__).parent.parent
# What makes numbers beside the libraries of the engines, which their files name.
LIBRARIES = (
    "torch",
    "numpy",
    "onnx",
    "onnxscript",  # two versions of the exporter wrote files of other sizes
    "skl2onnx",  # writes the files of models that are no torch modules
    "nncf",
    "torch-pruning",
    "scikit-learn",
    "pytest-benchmark",
)
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")  # "always [madvise] never"
GIT_LIMIT_S = 10.0
BUSY = 0.5  # load per core from which neighbours are felt


def environment(devices: Iterable[str] = ()) -> dict[str, Any]:
    """Plain data for JSON; what cannot be known is None.

    Args:
        devices: that are measured, such as "cuda:1": the first GPU among them is the machine's.
    """
    cores = allowed_cores()
    cpu = cpu_model()
    count = len(cores) or os.cpu_count() or 1
    device = gpu(devices)
    place = f"{cpu}-{count}c" if device["gpu"] is None else f"{cpu}-{count}c-{device['gpu']}"
    return {
        "schema": SCHEMA,
        "measurement": MEASUREMENT,
        "suite_version": __version__,
        "machine": slug(place),
        "cpu_model": cpu,
        "cores": count,
        "affinity": list(cores),
        "governor": GOVERNOR.read_text().strip() if GOVERNOR.is_file() else None,
        "huge_pages": huge_pages(),
        "load": round(os.getloadavg()[0], 2),
        "memory_bytes": psutil.virtual_memory().total,
        "os": platform.platform(),
        "python": platform.python_version(),
        "libraries": libraries(),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": None if (changed := _git("status", "--porcelain")) is None else bool(changed),
        **device,
    }


def cpu_model() -> str:
    """The processor's name as Linux or the platform gives it, with what tells steppings apart."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text())
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def huge_pages() -> str | None:
    """Whether Linux gives memory in huge pages: "always", "madvise" (when asked) or "never"."""
    found = re.search(r"\[(\w+)\]", HUGE_PAGES.read_text()) if HUGE_PAGES.is_file() else None
    return found[1] if found else None


def slug(text: str) -> str:
    """A name fit for folders: "AMD EPYC 9B14-2c" becomes "amd-epyc-9b14-2c"."""
    plain = re.sub(r"\((r|tm)\)|\bcpu\b|@.*?hz", " ", text.lower())
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-")


def libraries() -> dict[str, str]:
    """Versions of the libraries that make numbers, those that are installed, by distribution."""
    found = {}
    for name in (*LIBRARIES, *_of_engines()):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _of_engines() -> Iterator[str]:
    """The distributions that the engines' modules come from: onnxruntime's may be another one."""
    engines = [registry.engine(name) for name in registry.names("engines")]
    modules = {name for one in engines for name in (one.LIBRARY, getattr(one, "GPU_LIBRARY", None))}
    for module, names in metadata.packages_distributions().items():
        if module in modules:
            yield from (re.sub(r"[-_.]+", "-", name).lower() for name in names)


def gpu(devices: Iterable[str] = ()) -> dict[str, Any]:
    """Name, driver and use of the NVIDIA GPU that is measured, None without one.

    Where none of the devices is a GPU, it is the first one that CUDA shows.
    """
    found, _ = opened(measured(devices))
    known = None if found is None else told(partial(_known, found))
    return known or {"gpu": None, "driver": None, "gpu_in_use": None}


def _known(found: Gpu) -> dict[str, Any]:
    return {"gpu": found.name, "driver": found.driver, "gpu_in_use": asdict(in_use(found))}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=GIT_LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # no git, or not a clone
    return done.stdout.strip()
