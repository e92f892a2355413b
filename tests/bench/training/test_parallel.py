from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import torch

from bench import registry
from bench.cli import USAGE, main
from bench.training import parallel, parallel_cli
from bench.training.parallel_cli import IMPOSSIBLE
from bench.workers.session import Unavailable
from models import ImpossibleError, Recipe
from models.feeds import Order, Share
from models.learner import Learner, Setting
from tests.bench.fake_cuda import FakeCuda
from tests.bench.loops import TWO_LOOPS
from tests.bench.runs import ROOT, planned

if TYPE_CHECKING:
    from pathlib import Path

RUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
PATIENCE_S = 300
ONE = "*dense/*"  # the baseline of digits-training
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


@pytest.mark.parametrize(
    ("engine", "said"), [("train_eager", [False]), ("train_compile", [True]), ("toy", [True])]
)
def test_an_engine_says_itself_whether_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, said: list[bool]
) -> None:
    known = registry.engine
    toy = SimpleNamespace(COMPILES=True)
    monkeypatch.setattr(registry, "engine", lambda name: toy if name == "toy" else known(name))
    made: list[bool] = []
    monkeypatch.setattr(parallel, "Learner", lambda *_, **given: made.append(given["compiled"]))
    case = replace(planned(tmp_path, text=TWO_LOOPS)[0], engine=engine)
    parallel._learner(case, "cpu", Share())
    assert made == said


def test_processes_share_each_batch_of_one() -> None:
    whole = list(Order(20, 6, seed=0))
    shares = [list(Order(20, 6, seed=0, share=Share(rank=rank, of=2))) for rank in (0, 1)]
    assert [one + other for one, other in zip(*shares, strict=True)] == whole


def test_with_fewer_gpus_than_processes_there_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the second process finds on a machine with one GPU."""
    FakeCuda(lambda _: 0.0, capability=(9, 0)).patch(monkeypatch)
    monkeypatch.setenv("LOCAL_RANK", "1")
    case = planned(tmp_path, text=TWO_LOOPS)[0]
    case = replace(case, device="cuda:0", threads=torch.get_num_threads())
    with pytest.raises(Unavailable, match="there is no cuda:1: this process sees cuda:0 alone"):
        parallel.measure(case, 0, 1)


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


def test_two_processes_are_judged_against_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "two-loops.toml"
    scenario.write_text(TWO_LOOPS.replace("[2]", "[32]"))
    asked = ["--case", "*dense*", "--device", "cpu", "--rounds", "2", "--json"]
    status = main(["parallel", str(scenario), *asked])
    said = capsys.readouterr()
    assert status != IMPOSSIBLE or said.out, said.err
    found = json.loads(said.out)
    assert (found["processes"], found["backend"], found["batch_size"]) == (2, "gloo", 32)
    assert found["case"] == "two-loops/simple_cnn+dense/train_eager-fp32/b32"
    assert found["replicates"] == 3  # as the scenario says
    assert found["ratio_low"] <= found["ratio"] <= found["ratio_high"]
    assert status == {"faster": 0, "same": 0, "slower": 1, "inconclusive": 3}[found["verdict"]]


def test_a_loop_that_cannot_be_shared_is_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "two-loops.toml"
    scenario.write_text(TWO_LOOPS.replace("[2]", "[33]"))
    asked = ["--case", "*dense*", "--device", "cpu", "--processes", "2"]
    assert main(["parallel", str(scenario), *asked]) == IMPOSSIBLE
    assert "b33: a batch of 33 has no 2 equal parts for 2 processes" in capsys.readouterr().err


def test_a_process_that_breaks_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = "raise SystemExit('\\n'.join(map(str, range(9))))"
    monkeypatch.setattr(parallel_cli, "TORCHRUN", ("-c", broken))
    assert main(["parallel", "digits-training", "--case", ONE, "--device", "cpu"]) == IMPOSSIBLE
    said = capsys.readouterr().err
    assert "torchrun ended with status 1:\n4\n5\n6\n7\n8\n" in said


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-training"], "give a --case that matches one case that trains; there are digits-"),
        (["digits-cnn", "--case", "*dense/eager-fp32/b1"], "there are none"),
        (["digits-training", "--case", ONE, "--rounds", "0"], "--rounds 0: it must be 1"),
        (["digits-training", "--case", ONE, "--processes", "1"], "--processes 1: it must be 2"),
        (["digits-training", "--case", ONE, "--replicates", "0"], "--replicates 0: it must be 1"),
    ],
)
def test_a_mistake_says_what_is_allowed(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["parallel", *arguments, "--device", "cpu"]) == USAGE
    assert message in capsys.readouterr().err
