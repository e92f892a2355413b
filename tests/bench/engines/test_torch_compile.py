"""What the compiler's preload leaves in a nursery where there is a GPU, which it must not touch."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.runs import ROOT

# The forked process sees no GPU, so that it can really compile; the nursery believes in one.
CODE = """
import sys
import torch
from bench.engines import torch_compile

real = torch_compile._compile

def compile_in_the_child():
    torch.cuda.is_available = lambda: False
    real()

torch_compile._compile = compile_in_the_child
torch.cuda.is_available = lambda: True
torch_compile.preload()
compiled = torch._dynamo.utils.counters["stats"]["unique_graphs"]
imported = "torch._inductor.graph" in sys.modules
sys.stdout.write(f"{compiled} {imported} {torch.cuda.is_initialized()}")
"""


def test_beside_a_gpu_the_nursery_imports_the_compiler_and_compiles_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("0 True False", 0), done.stderr


def test_a_process_that_cannot_compile_leaves_the_imports_to_the_workers() -> None:
    code = CODE.replace("    real()\n", "    raise RuntimeError('no compiler')\n")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("0 False False", 0), done.stderr
