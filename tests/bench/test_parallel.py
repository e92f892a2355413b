from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from bench.cli import USAGE, main
from models import ImpossibleError, Recipe
from models.feeds import Order, Share
from models.learner import Learner, Setting
from tests.bench.runs import ROOT
from tests.bench.training import TWO_LOOPS

if TYPE_CHECKING:
    from pathlib import Path

RUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
PATIENCE_S = 300
LEARNING = """
import torch
import torch.distributed as dist
from models import Recipe, learning
from models.feeds import Share
from models.learner import Learner, Setting
dist.init_process_group("gloo")
setting = Setting(batch_size=16, learning_rate=0.02, epochs=2, precision="fp32", device="cpu")
images = torch.rand(96, 1, 28, 28, generator=torch.Generator().manual_seed(0))
labels = torch.arange(96) % 10
recipe = Recipe(family="simple_cnn", techniques=("dense",), dataset="digits")
share = Share(rank=dist.get_rank(), of=2)
own = Learner(recipe, setting, (images, labels), seed=0, share=share)
for _ in range(8):
    own.step()
if share.rank == 0:
    print(*(each.abs().sum().item() for each in own.module.parameters()))
dist.destroy_process_group()
"""


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def learner(technique: str = "dense", share: Share | None = None) -> Learner:
    setting = Setting(batch_size=16, learning_rate=0.02, epochs=2, precision="fp32", device="cpu")
    images = torch.rand(96, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    recipe = Recipe(family="simple_cnn", techniques=(technique,), dataset="digits")
    examples = images, torch.arange(96) % 10
    return Learner(recipe, setting, examples, seed=0, share=share or Share())


def test_processes_share_each_batch_of_one() -> None:
    whole = list(Order(20, 6, seed=0))
    shares = [list(Order(20, 6, seed=0, share=Share(rank=rank, of=2))) for rank in (0, 1)]
    assert [one + other for one, other in zip(*shares, strict=True)] == whole


def test_two_processes_make_the_steps_of_one(tmp_path: Path) -> None:
    script = tmp_path / "learning.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{LEARNING}")
    done = torchrun(str(script))
    assert done.returncode == 0, done.stderr[-2000:]
    together = [float(each) for each in done.stdout.split()]
    own = learner()
    for _ in range(8):
        own.step()
    alone = [each.abs().sum().item() for each in own.module.parameters()]
    assert together == pytest.approx(alone, rel=1e-4)


def test_two_processes_are_timed_in_turns_with_one(tmp_path: Path) -> None:
    scenario = tmp_path / "two-loops.toml"
    scenario.write_text(TWO_LOOPS.replace("[2]", "[32]"))
    asked = ["--case", "*dense*", "--device", "cpu", "--rounds", "2", "--json"]
    done = torchrun("-m", "bench", "parallel", str(scenario), *asked)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert (found["processes"], found["backend"], found["batch_size"]) == (2, "gloo", 32)
    assert found["case"] == "two-loops/simple_cnn+dense/train_eager-fp32/b32"
    assert found["alone_s"] > 0
    assert found["ratio"] == pytest.approx(found["together_s"] / found["alone_s"], rel=0.5)


@pytest.mark.parametrize(
    ("technique", "of", "message"),
    [
        ("dense", 3, "a batch of 16 has no 3 equal parts for 3 processes"),
        ("accumulate@steps=8", 4, "a batch of 16 has no 32 equal parts for 4 processes"),
        ("activation_checkpointing", 2, "neither activation_checkpointing nor cuda_graph"),
    ],
)
def test_what_cannot_be_shared_is_a_reason(technique: str, of: int, message: str) -> None:
    with pytest.raises(ImpossibleError, match=message):
        learner(technique, Share(rank=0, of=of))


def test_without_torchrun_it_says_how_to_start_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert main(["parallel", "digits-training"]) == USAGE
    assert "write torchrun --nproc-per-node N -m bench parallel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-training"], "give a --case that matches one case that trains; there are digits-"),
        (["digits-cnn", "--case", "*dense/eager-fp32/b1"], "there are none"),
        (["digits-training", "--case", "*dense*", "--rounds", "0"], "--rounds 0: it must be 1"),
    ],
)
def test_a_mistake_says_what_is_allowed(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert main(["parallel", *arguments, "--device", "cpu"]) == USAGE
    assert message in capsys.readouterr().err
