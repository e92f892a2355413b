"""Traps of what is kept of a run: samples that are dropped, machines that look alike."""

from __future__ import annotations

import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.utils import get_machine_id

from bench import environment
from results.judging.comparability import UnlikeError, require_alike
from results.store import Run
from tests.bench.nvml_tape import Replay

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests" / "bench" / "recordings" / "nvml_by_hand_two_gpus.json"
BENCHMARK = "def test_any(benchmark): benchmark.pedantic(int, rounds=5)"


@pytest.fixture
def stored(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Runs a benchmark with --benchmark-autosave and these options; gives its statistics."""
    # pytest-benchmark asks the processor for two seconds what it is.
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
    pytester.makepyfile(BENCHMARK)

    def run(*options: str) -> dict[str, Any]:
        folder = pytester.mkdir(f"storage{len(options)}")
        storage = f"--benchmark-storage=file://{folder}"
        quiet = ("-p", "no:hypothesispytest", "-q")
        pytester.runpytest_inprocess("--benchmark-autosave", storage, *quiet, *options)
        (file,) = folder.glob("**/*.json")
        found: dict[str, Any] = json.loads(file.read_text())["benchmarks"][0]["stats"]
        return found

    return run


def test_autosave_drops_the_samples_and_ours_keeps_them(stored: Any) -> None:  # noqa: ANN401
    """Trap: --benchmark-autosave without --benchmark-save-data."""
    assert "data" not in stored()
    assert len(stored("-p", "bench.plugin")["data"]) == 5


def pynvml(name: str, driver: str) -> Replay:
    """The module as it would answer on a machine with this GPU."""
    tape = Replay(RECORDING)
    tape.put("nvmlDeviceGetName", [{"handle": "h0"}], [name])
    tape.put("nvmlSystemGetDriverVersion", [], [driver])
    return tape


def test_two_gpus_share_pytest_benchmarks_machine_id_and_not_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trap: a machine id without the GPU, whose numbers land in one folder."""
    ids, found = [], []
    for name, driver in (("NVIDIA H100", "560.1"), ("NVIDIA L4", "560.1"), ("NVIDIA L4", "535.2")):
        monkeypatch.setitem(sys.modules, "pynvml", pynvml(name, driver))
        ids.append(get_machine_id())
        found.append(Run(environment=environment.gpu()))
    assert len(set(ids)) == 1
    with pytest.raises(UnlikeError, match="gpu: NVIDIA H100, then NVIDIA L4"):
        require_alike(found[0], found[1], ())
    with pytest.raises(UnlikeError, match=r"driver: 560\.1, then 535\.2"):
        require_alike(found[1], found[2], ())
    require_alike(found[1], found[1], ())


def test_a_machine_without_a_gpu_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert environment.gpu() == {"gpu": None, "driver": None, "gpu_in_use": None}
    assert {"gpu", "driver", "cpu_model", "libraries"} <= environment.environment().keys()


def test_the_module_pynvml_comes_from_nvidia_ml_py() -> None:
    """Trap: the distribution named pynvml, which is deprecated and which torch warns about."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    asked = {str(one).partition(">")[0] for group in groups.values() for one in group}
    assert "nvidia-ml-py" in asked
    assert "pynvml" not in asked
    files = {str(file) for file in metadata.files("nvidia-ml-py") or ()}
    assert "pynvml.py" in files
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.distribution("pynvml")
