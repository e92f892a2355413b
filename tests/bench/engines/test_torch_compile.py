"""What the compiler's preload leaves in a fork server beside a GPU, which it must not touch."""

from __future__ import annotations

from tests.bench.gpu_part import run

# The forked process sees no GPU, so that it can really compile; the fork server is shown a part of
# one, of which torch asks the driver. A process that has asked it cannot be forked any more.
CODE = """
import sys
import torch
from bench.engines import torch_compile

real = torch_compile._compile

def compile_in_the_child():
    torch.cuda._is_compiled = lambda: False
    real()

asked = []
torch_compile._compile = compile_in_the_child
torch.version.cuda = "13.0"
torch.cuda._is_compiled = lambda: True
torch._C._cuda_getCurrentRawStream = None
torch._C._cuda_getDeviceCount = lambda: asked.append("the driver") or 1
torch_compile.preload()
compiled = torch._dynamo.utils.counters["stats"]["unique_graphs"]
imported = "torch._inductor.graph" in sys.modules
sys.stdout.write(f"{compiled} {imported} {torch.cuda.is_initialized()} {asked}")
"""


def test_beside_a_gpu_the_fork_server_imports_the_compiler_and_compiles_nothing() -> None:
    done = run(CODE)
    assert (done.stdout, done.returncode) == ("0 True False []", 0), done.stderr


def test_a_build_for_cuda_that_sees_no_gpu_compiles_in_the_fork_server() -> None:
    """As one for the CPU does: what is measured there is the same."""
    done = run(CODE.replace(" or 1\n", " or 0\n"))
    assert done.stdout.startswith("1 True False"), done.stderr


def test_a_process_that_cannot_compile_leaves_the_imports_to_the_workers() -> None:
    code = CODE.replace("    real()\n", "    raise RuntimeError('no compiler')\n")
    done = run(code)
    assert (done.stdout, done.returncode) == ("0 False False []", 0), done.stderr
