"""That freezing really happens, in a process of its own as in a run: it is a setting of torch's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench.runs import ROOT

CODE = """
import sys
import torch
from bench import registry

registry.engine(sys.argv[1]).preload()
module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()).eval()
with torch.inference_mode():
    compiled = torch.compile(module, dynamic=False)
    _, code = torch._inductor.utils.run_and_get_code(compiled, torch.rand(2, 3, 8, 8))
sys.stdout.write(str("_frozen_param" in code[-1]))
"""


@pytest.mark.parametrize(
    ("engine", "frozen"), [("torch_compile", "False"), ("torch_compile_frozen", "True")]
)
def test_weights_are_constants_of_the_code_only_where_they_are_frozen(
    engine: str, frozen: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, engine], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == (frozen, 0), done.stderr
