"""Records what NVML answers on a machine with a GPU: python tests/bench/nvml_record.py FILE.

It asks through the suite's own readers while torch multiplies matrices, so that a recording holds
exactly what they need. A process's number in it is that of this script.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pynvml
import torch

from bench.device.nvml import open_gpu
from tests.bench.nvml_tape import Recorder

READINGS = 20
EVERY_S = 0.2
SIZE = 8192  # a matrix product that fills any GPU


def main(file: Path) -> None:
    """Record and say what the recording was made on."""
    recorder = Recorder(pynvml)
    properties = torch.cuda.get_device_properties(0)
    gpu = open_gpu(recorder, "cuda:0", str(properties.uuid))
    matrix = torch.randn(SIZE, SIZE, device="cuda:0")
    for _ in range(READINGS):
        torch.mm(matrix, matrix)
        gpu.state(), gpu.energy_j(), gpu.used_bytes(), gpu.process_bytes(os.getpid())
        gpu.utilisation(), gpu.limits(), gpu.is_for_one_process(), gpu.whole_uuid
        time.sleep(EVERY_S)
    recorder.save(file, f"recorded on {gpu.name}, driver {gpu.driver}, process {os.getpid()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
