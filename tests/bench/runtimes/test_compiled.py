"""That torch.compile compiled something is looked at, in a process of its own as in a run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bench.runs import ROOT

CODE = """
import sys
import numpy as np
import torch
from bench.engines import torch_compile
from bench.runtimes.compiled import CompiledSession
from bench.workers.session import EngineError
from bench.workers.target import Target

class Refusing(torch.nn.ReLU):
    @torch.compiler.disable
    def forward(self, x):
        return super().forward(x)

torch_compile.preload()
module = {"plain": torch.nn.ReLU, "refusing": Refusing}[sys.argv[1]]()
target = Target(precision="fp32", device="cpu", batch_size=2, threads=1)
session = CompiledSession(torch.compile(module, dynamic=False), module, target)
session.bind({"x": np.ones((2, 2), np.float32)})()
try:
    session.synchronize()
except EngineError as error:
    sys.stdout.write(str(error).partition(" of the model")[0])
else:
    sys.stdout.write("compiled")
"""
NOTHING = "torch.compile compiled nothing"


@pytest.mark.parametrize(
    ("module", "variable", "said"),
    [
        pytest.param("plain", None, "compiled", id="compiled"),
        pytest.param("plain", "TORCHDYNAMO_DISABLE", NOTHING, id="switched_off"),
        pytest.param("refusing", None, NOTHING, id="refused_by_the_model"),
    ],
)
def test_a_model_that_runs_as_it_is_written_is_not_called_compiled(
    module: str, variable: str | None, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, module],
        cwd=ROOT,
        env=os.environ | ({variable: "1"} if variable else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (said, 0), done.stderr
