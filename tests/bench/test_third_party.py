"""A real model that another project ships, measured from nothing but its file and a scenario."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SCENARIO = """
summary = "How fast does Magika tell file types?"
model = {{ onnx = "{model}" }}
baseline = "dense/onnxruntime-fp32"

[inputs.tensors.bytes]
shape = ["batch", {length}]
dtype = "int32"
low = 0
high = 256

[[matrix]]
techniques = ["dense"]
engines = ["onnxruntime", "openvino"]
batch_sizes = [2]
"""


def _models() -> Iterator[Path]:
    try:
        files = metadata.files("magika") or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if file.name == "model.onnx":
            yield Path(str(file.locate()))


@pytest.mark.third_party
def test_an_integer_model_with_a_dynamic_batch_is_measured_on_two_engines(
    tmp_path: Path,
) -> None:
    model = next(_models(), None)
    if model is None:
        pytest.skip("needs the package magika: pip install --no-deps magika")
    from bench.preparation.onnx_file import read_specs

    length = read_specs(model)["bytes"].shape[1]
    scenario, report = tmp_path / "magika.toml", tmp_path / "run.json"
    scenario.write_text(SCENARIO.format(model=model, length=length))
    options = ["--replicates=2", "--budget-s=0.2", f"--benchmark-json={report}"]
    command = [sys.executable, "-m", "pytest", "bench/", f"--scenario={scenario}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    records = [one["extra_info"]["record"] for one in json.loads(report.read_text())["benchmarks"]]
    assert {record["case"]["engine"] for record in records} == {"onnxruntime", "openvino"}
    assert all(record["status"] == "measured" for record in records)
