"""Trap: a peak that one allocator reports, and the engine beside it has another."""

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
    (quantity,) = host_memory.quantities(None)
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
