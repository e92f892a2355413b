"""Runs `pytest bench/` inside this process in a scripted world, and reads what it saved."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models.data
import scenarios
from bench import plan, registry
from results import cli

if TYPE_CHECKING:
    import pytest

    from bench.case import Case
    from tests.bench.world import World

ROOT = Path(__file__).parents[2]

TWO_ENGINES = """
summary = "Which engine is faster, and does half the width pay?"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/eager-fp32"
margin = 0.015
[budget]
replicates = 3
seconds_per_case = 0.3
[matrix]
techniques = ["dense", "half_width"]
engines = ["eager", "onnxruntime"]
batch_sizes = [1]
"""

# Its cases at batch size 1, without the scenario's name.
DENSE_EAGER = "simple_cnn+dense/eager-fp32/b1"
DENSE_ONNX = "simple_cnn+dense/onnxruntime-fp32/b1"
HALF_EAGER = "simple_cnn+half_width/eager-fp32/b1"
HALF_ONNX = "simple_cnn+half_width/onnxruntime-fp32/b1"
ALL = [DENSE_EAGER, DENSE_ONNX, HALF_EAGER, HALF_ONNX]

ENVIRONMENT = {
    "schema": 1,
    "measurement": 1,
    "suite_version": "0.1.0",
    "machine": "abacus-2c",
    "cpu_model": "Abacus",
    "cores": 2,
    "affinity": [0, 1],
    "governor": None,
    "huge_pages": "madvise",
    "load": 0.0,
    "memory_bytes": 2**30,
    "os": "None",
    "python": "3.11",
    "libraries": {},
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": False,
    "gpu": None,
    "driver": None,
    "gpu_in_use": None,
}


def planned(folder: Path, *changes: tuple[str, str], text: str = TWO_ENGINES) -> list[Case]:
    """The cases of a scenario, in whose text some passages are replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "two-engines.toml"
    file.write_text(text)
    return plan.cases(scenarios.load(file, registry.vocabulary()), "cpu")


def edit_digits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the code of the data set digits differ from here on, in its text alone."""
    for file in models.data.FOLDER.path.glob("*.py"):
        (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "digits.py").open("a") as edited:
        edited.write("# normalised in another way")
    monkeypatch.setattr("models.data.FOLDER", replace(models.data.FOLDER, path=folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRun:
    """`pytest bench/` with one scenario, and a storage of its own."""

    pytester: pytest.Pytester
    folder: Path
    scenario: Path

    def __call__(self, *options: str) -> pytest.RunResult:
        """Run with these options of the command line as well."""
        return self.pytester.runpytest_inprocess(
            *self.where, f"--scenario={self.scenario}", *options, no_reraise_ctrlc=True
        )

    @property
    def where(self) -> list[str]:
        """Which tests, on which device, and where runs are stored."""
        storage = f"--benchmark-storage=file://{self.storage}"
        # Without hypothesis, whose plugin would be imported anew in each run.
        return [str(ROOT / "bench"), "--device=cpu", storage, "-p", "no:hypothesispytest"]

    @property
    def storage(self) -> Path:
        """Where runs are saved."""
        return self.folder / "runs"

    @property
    def saved(self) -> Path:
        """The only run in the storage."""
        (file,) = self.storage.glob("**/*.json")
        return file

    def document(self) -> dict[str, Any]:
        """What pytest-benchmark saved."""
        found: dict[str, Any] = json.loads(self.saved.read_text())
        return found

    def cases(self, file: Path | None = None) -> dict[str, dict[str, Any]]:
        """The cases of `python -m results table --format json`, by id without the scenario."""
        whole = json.loads(printed("table", str(file or self.saved), "--format", "json"))
        return {case["case"].partition("/")[2]: case for case in whole["cases"]}


def printed(*arguments: str) -> str:
    """What `python -m results` writes to standard output."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert cli.main(arguments) == 0
    return out.getvalue()


def fake_world(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Have the plugin find this world, and nothing slow or changing beside it."""
    from contextlib import contextmanager

    @contextmanager
    def this_machine() -> Any:  # noqa: ANN401 - a generator, for contextmanager
        yield world.machine()

    monkeypatch.setattr("bench.plugin.this_machine", this_machine)
    monkeypatch.setattr("bench.plugin.environment", lambda _devices: dict(ENVIRONMENT))
    # pytest-benchmark asks the processor for two seconds what it is.
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
