"""Python code beside a part of a GPU (MIG), where torch asks the driver how many GPUs there are."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.runs import ROOT

PART = {"CUDA_VISIBLE_DEVICES": "MIG-1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, from the repository's root."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **PART},
        capture_output=True,
        text=True,
        check=False,
    )
