"""The whole of it once: a commit that makes one engine slower, in a clone of the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from results.judging.change import WORSE
from tests.bench.repository import Repository
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("bench", "models", "results", "scenarios")
# The effect is 100 %, the margin 20 %: other work on the machine may shake the numbers as it likes.
SCENARIO = """
summary = "Is each engine as fast as it was?"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/openvino-fp32"
margin = 0.2
[budget]
replicates = 3
seconds_per_case = 0.6
target_width = 0.5
[matrix]
techniques = ["dense"]
engines = ["onnxruntime", "openvino"]
batch_sizes = [1]
"""
ONCE = "return lambda: (run(binding), values)\n"
TWICE = "return lambda: (run(binding), run(binding), values)\n"


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A clone whose last commit has ONNX Runtime infer twice."""
    root = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__", "runs", "fashion_mnist")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    made = Repository(root=root, suite=root)
    made.git("init", "--quiet", "--initial-branch=main")
    (root / ".gitignore").write_text("__pycache__\n")
    made.commit()
    engine = root / "bench" / "engines" / "onnxruntime.py"
    assert engine.read_text().count(ONCE) == 1
    engine.write_text(engine.read_text().replace(ONCE, TWICE))
    made.commit()
    return made


@pytest.mark.skipif(sys.platform != "linux", reason="pins workers as Linux does")
def test_a_commit_that_slows_one_engine_down_is_told_from_its_parent(
    clone: Repository, tmp_path: Path
) -> None:
    scenario, temporary = tmp_path / "engines.toml", tmp_path / "temporary"
    scenario.write_text(SCENARIO)
    temporary.mkdir()
    before = clone.state()
    done = subprocess.run(
        [sys.executable, "-m", "bench", "against", "HEAD~1", "--scenario", scenario, "--json"],
        cwd=clone.suite,
        env=os.environ | {"TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    whole = json.loads(done.stdout)
    assert whole["base"] == clone.git("rev-parse", "HEAD~1")
    assert whole["head"] == clone.git("rev-parse", "HEAD")
    found = {change["case"].split("/")[2]: change for change in whole["changes"]}
    assert found["onnxruntime-fp32"]["verdict"] == "slower"
    assert found["onnxruntime-fp32"]["metric"] == "latency"
    assert found["openvino-fp32"]["verdict"] not in WORSE
    assert len(whole["changes"]) == 2
    assert clone.state() == before
    assert list(temporary.glob("speedproof*")) == []
