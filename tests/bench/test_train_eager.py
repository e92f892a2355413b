"""What the eager engine's preload leaves for its workers to import."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.runs import ROOT

CODE = """
import sys
from bench.engines import train_eager

train_eager.preload()
before = set(sys.modules)

import torch
from models import Recipe
from models.learner import Learner, Setting

recipe = Recipe(family="simple_cnn", techniques=("dense",), dataset="digits")
setting = Setting(batch_size=2, learning_rate=0.1, epochs=1, precision="fp32", device="cpu")
Learner(recipe, setting, (torch.zeros(2, 1, 28, 28), torch.zeros(2).long()), seed=0).step()
late = [name for name in set(sys.modules) - before if name.startswith("torch._dynamo")]
sys.stdout.write(" ".join(sorted(late)))
"""


def test_a_worker_that_trains_has_no_compiler_to_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
