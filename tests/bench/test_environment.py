from __future__ import annotations

import ast
import json
import platform
import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bench import environment as env
from bench import registry
from bench.workers.machine import allowed_cores
from bench.workers.protocol import MEASUREMENT
from tests.bench.gpu_world import H0
from tests.bench.runs import ENVIRONMENT, ROOT
from tests.test_architecture import imported

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.nvml_tape import Replay

# Imported by us, and no time, size or accuracy of a case depends on which version it is.
NO_NUMBERS = {
    "google",  # protobuf, as onnx brings it
    "optuna",  # of searches, whose results keep its version themselves
    "psutil",
    "pynvml",
    "pytest",
    "rich",
    "safetensors",
    "scipy",
    "sqlalchemy",
    "tabulate",
    "tqdm",
}


def test_the_environment_is_plain_data_of_what_may_explain_a_number() -> None:
    found = env.environment()
    assert json.loads(json.dumps(found)) == found
    assert set(found) == set(ENVIRONMENT)
    assert found["measurement"] == MEASUREMENT
    assert found["libraries"]["onnxscript"] == metadata.version("onnxscript")
    assert found["python"] == platform.python_version()
    assert found["affinity"] == list(allowed_cores())
    assert found["memory_bytes"] > 0
    assert re.fullmatch(r"[a-z0-9.-]+-\d+c", found["machine"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AMD EPYC 9B14-2c", "amd-epyc-9b14-2c"),
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz-44c", "intel-xeon-platinum-8481c-44c"),
        ("Intel(R) Core(TM) i7-1165G7 @ 2.80GHz-8c", "intel-core-i7-1165g7-8c"),
        ("Apple M1 Pro-10c", "apple-m1-pro-10c"),
        ("ARMv8 Processor rev 3 (v8l)-4c", "armv8-processor-rev-3-v8l-4c"),
    ],
)
def test_a_machine_has_a_name_fit_for_folders(text: str, name: str) -> None:
    assert env.slug(text) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [("always [madvise] never\n", "madvise"), ("always madvise [never]\n", "never"), ("", None)],
)
def test_whether_there_are_huge_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str | None
) -> None:
    file = tmp_path / "enabled"
    monkeypatch.setattr(env, "HUGE_PAGES", file)
    assert env.huge_pages() is None
    file.write_text(text)
    assert env.huge_pages() == said


def test_libraries_have_their_versions_and_absent_ones_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(env, "LIBRARIES", ("numpy", "abacus-for-python"))
    monkeypatch.setattr(registry, "names", lambda _: ())
    import numpy as np

    assert env.libraries() == {"numpy": np.__version__}


@pytest.fixture
def recorded() -> set[str]:
    """The modules whose distributions' versions a run keeps."""
    kept = env.libraries()
    return {
        module
        for module, names in metadata.packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", name).lower() for name in names} & kept.keys()
    }


@pytest.mark.parametrize("name", registry.names("engines"))
def test_the_version_of_an_engines_library_is_kept(name: str, recorded: set[str]) -> None:
    engine = registry.engine(name)
    needed = {engine.LIBRARY, getattr(engine, "GPU_LIBRARY", engine.LIBRARY)}
    assert {module for module in needed if find_spec(module)} <= recorded


def test_an_engines_library_of_any_name_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "names", lambda _: ("toy",))
    monkeypatch.setattr(registry, "engine", lambda _: SimpleNamespace(LIBRARY="hypothesis"))
    assert env.libraries()["hypothesis"] == metadata.version("hypothesis")


def test_a_library_that_we_import_is_kept_or_known_to_make_no_numbers(recorded: set[str]) -> None:
    files = [file for name in ("bench", "models") for file in (ROOT / name).rglob("*.py")]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    used = {name for tree in trees for name in imported(tree)}
    foreign = used - sys.stdlib_module_names - {"bench", "models", "scenarios", "results"}
    installed = {name for name in foreign if find_spec(name)}
    assert installed - recorded <= NO_NUMBERS


def clone(folder: Path) -> None:
    for arguments in (
        ("init", "-q"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first", "--allow-empty"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_a_clone_says_its_commit_and_whether_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env, "ROOT", tmp_path)
    clone(tmp_path)
    found = env.environment()
    assert re.fullmatch(r"[0-9a-f]{40}", found["commit"])
    assert found["dirty"] is False
    (tmp_path / "new").write_text("new")
    assert env.environment()["dirty"] is True


def test_outside_of_a_clone_commit_and_changes_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = env.environment()
    assert (found["commit"], found["dirty"]) == (None, None)


def test_without_git_the_commit_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert env.environment()["commit"] is None


class NVMLError(Exception):
    """As the library calls it."""


@pytest.mark.usefixtures("tape")
def test_the_gpu_is_the_first_that_cuda_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = {"used_bytes": 600 << 20, "share": 0.0}
    found = {"gpu": "Made-up GPU 0", "driver": "580.00.00", "gpu_in_use": idle}
    assert env.gpu() == found
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert env.gpu() == {**found, "gpu": "Made-up GPU 1"}


def test_a_gpu_that_does_not_tell_its_memory_is_one(tape: Replay) -> None:
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [{"error": 3}])  # not supported, as of a GB10
    assert env.gpu()["gpu_in_use"] == {"used_bytes": None, "share": 0.0}


@pytest.mark.usefixtures("tape")
def test_the_gpu_is_the_first_of_those_that_are_measured() -> None:
    for devices, name in ((["cpu"], 0), (["cpu", "cuda:1", "cuda:0"], 1), (["cuda:0"], 0)):
        assert env.gpu(devices)["gpu"] == f"Made-up GPU {name}"
    assert env.environment(["cuda:1"])["machine"].endswith("-made-up-gpu-1")


def test_a_gpu_that_is_lost_is_none(tape: Replay) -> None:
    tape.put("nvmlDeviceGetMemoryInfo", [H0], [{"error": 15}])
    tape.put("nvmlDeviceGetUtilizationRates", [H0], [{"error": 15}])
    assert env.gpu()["gpu_in_use"] == {"used_bytes": None, "share": None}
    tape.put("nvmlDeviceGetName", [H0], [{"error": 15}])
    assert env.gpu() == {"gpu": None, "driver": None, "gpu_in_use": None}


@pytest.mark.usefixtures("tape")
def test_a_machines_name_has_its_gpu() -> None:
    assert re.fullmatch(r"[a-z0-9.-]+-\d+c-made-up-gpu-0", env.environment()["machine"])


def test_without_a_driver_there_is_no_gpu(tape: Replay) -> None:
    tape.put("nvmlInit", [], [{"error": 12}])
    assert env.gpu() == {"gpu": None, "driver": None, "gpu_in_use": None}


def test_without_the_library_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert env.gpu() == {"gpu": None, "driver": None, "gpu_in_use": None}
