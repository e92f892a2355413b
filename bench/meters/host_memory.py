"""Host memory: the most that the worker's process ever had resident, libraries included."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.workers.worker import Bench

HOST_PEAK = Metric(name="host_peak_bytes", unit="B", better="lower")
STATUS = Path("/proc/self/status")


def missing(_device: str) -> str | None:
    """Only Linux counts the peak of one process from its own start."""
    return None if sys.platform == "linux" else "the peak of a process is read from Linux's /proc"


def quantities(_bench: Bench) -> Iterator[Quantity]:
    """Yield the high-water mark of resident memory (VmHWM), shared library pages included."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    if found:
        yield Quantity(metric=HOST_PEAK, value=float(int(found[1]) * 1024))
