"""Host memory: the most that the worker's process ever had resident, and the libraries' part of it.

How much of a library's file is resident is the kernel's affair: a fault maps what the page cache
has around it, in pieces as large as it has them, and that differs with how the file came there.
So the two are told apart, and two runs are compared by what is left. The pages are those of now:
libraries stay mapped, so that they were in the peak, but for code that was first used after it.
"""

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
LIBRARY = Metric(name="host_library_bytes", unit="B", better="neither")
STATUS = Path("/proc/self/status")
SMAPS = Path("/proc/self/smaps")
# "7f05a0-7f05a8 r-xp 00002000 fe:00 329635 /usr/lib/libz.so.1" and the lines below it. The inode is
# 0 of what is no file. In bytes: a name may be of any.
MAPPING = re.compile(
    rb"^[0-9a-f]+-[0-9a-f]+ (?P<rights>\S{4}) [0-9a-f]+ (?P<file>\S+ [1-9][0-9]*)\b"
    rb".*?^Rss: +(?P<resident>[0-9]+) kB$.*?^Anonymous: +(?P<written>[0-9]+) kB$",
    re.MULTILINE | re.DOTALL,
)


def missing(_device: str) -> str | None:
    """Only Linux counts the peak of one process from its own start."""
    return None if sys.platform == "linux" else "the peak of a process is read from Linux's /proc"


def quantities(_bench: Bench) -> Iterator[Quantity]:
    """Yield the high-water mark of resident memory (VmHWM), and the libraries' pages in it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    if not found:
        return
    yield Quantity(metric=HOST_PEAK, value=float(int(found[1]) * 1024))
    try:
        smaps = SMAPS.read_bytes()
    except OSError:  # a kernel without it: then nothing is known of them
        return
    yield Quantity(metric=LIBRARY, value=float(library_bytes(smaps)))


def library_bytes(smaps: bytes) -> int:
    """Bytes of resident pages of the files mapped as libraries are, without those written to.

    A library is a file of which the loader has mapped a part privately to execute it; weights are
    mapped to be read, and what engines compile into memory is shared or no file. All parts of a
    library count, its constants too. In workers of torch, torch.compile, ONNX Runtime and OpenVINO
    these files were exactly those in the ELF format; torch.compile's own were of 20 kB.

    Args:
        smaps: the text of /proc/PID/smaps, see proc_pid_smaps(5).
    """
    mappings = list(MAPPING.finditer(smaps))
    libraries = {each["file"] for each in mappings if each["rights"].endswith(b"xp")}
    mapped = [each for each in mappings if each["file"] in libraries]
    return 1024 * sum(int(each["resident"]) - int(each["written"]) for each in mapped)
