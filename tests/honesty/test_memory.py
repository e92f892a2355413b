"""Traps: a peak that one allocator reports, and weights that are taken for a library's file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.meters import host_memory

ROOT = Path(__file__).parents[2]
MIB = 2**20
TAKEN = 96 * MIB

# mmap stands for an engine's own allocator: ONNX Runtime's arena, OpenVINO's or TensorRT's pool.
ENGINE = f"""
import mmap, tracemalloc
from bench.meters import host_memory

def peak():
    quantity, _ = host_memory.quantities(None)
    return int(quantity.value)

before = peak()
tracemalloc.start()
pool = mmap.mmap(-1, {TAKEN})
pool.write(b"x" * {TAKEN})
print(tracemalloc.get_traced_memory()[0], peak() - before)
"""


@pytest.mark.skipif(host_memory.missing("cpu") is not None, reason="read from Linux's /proc")
def test_what_an_engine_takes_for_itself_is_seen_by_the_process_and_not_by_an_allocator() -> None:
    command = [sys.executable, "-c", ENGINE]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    by_its_allocator, by_the_process = map(int, run.stdout.split())
    assert by_its_allocator < MIB
    assert by_the_process > 0.9 * TAKEN


# An engine that maps its weights: they are resident pages of a file, as a library is.
WEIGHTS = """
import mmap, sys
from bench.meters import host_memory

def bytes_of_files():
    peak, libraries = host_memory.quantities(None)
    return int(peak.value), int(libraries.value)

peak, libraries = bytes_of_files()
with open(sys.argv[1], "rb") as file:
    weights = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
read = sum(weights[::4096])
now_peak, now_libraries = bytes_of_files()
print(libraries, now_peak - peak, now_libraries - libraries)
"""


@pytest.mark.skipif(host_memory.missing("cpu") is not None, reason="read from Linux's /proc")
def test_weights_that_are_mapped_are_no_part_of_the_libraries(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(b"x" * TAKEN)
    command = [sys.executable, "-c", WEIGHTS, str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    libraries, peak_grew_by, libraries_grew_by = map(int, run.stdout.split())
    assert libraries > MIB
    assert peak_grew_by > 0.9 * TAKEN
    assert libraries_grew_by < MIB
