from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench import registry

FOLDER = Path(bench.__file__).parent


@pytest.mark.parametrize("folder", ["engines", "meters"])
def test_a_file_is_an_entry_and_its_name_the_name(folder: str) -> None:
    files = {file.stem for file in (FOLDER / folder).glob("*.py")} - {"__init__"}
    assert registry.names(folder) == sorted(files)


def test_a_file_that_begins_with_an_underscore_is_shared_and_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meters").mkdir()
    for name in ("__init__", "_shared", "toy"):
        (tmp_path / "meters" / f"{name}.py").touch()
    monkeypatch.setattr(registry, "__file__", str(tmp_path / "registry.py"))
    assert registry.names("meters") == ["toy"]


@pytest.mark.parametrize(
    ("engine", "device", "fork_server"),
    [
        ("eager", "cuda:0", "eager"),
        ("torch_cuda_graph", "cuda:0", "eager"),
        ("torch_compile_graph", "cuda:1", "torch_compile"),
        ("torch_compile_frozen", "cpu", "torch_compile_frozen"),
        ("tensorrt_dynamic", "cpu", "tensorrt"),
        ("onnxruntime", "cpu", "onnxruntime"),
        ("onnxruntime", "cuda:0", "onnxruntime_cuda_graph"),
        ("onnxruntime_tensorrt", "cuda:0", "onnxruntime"),
    ],
)
def test_engines_that_import_the_same_share_a_fork_server(
    engine: str, device: str, fork_server: str
) -> None:
    assert registry.fork_server_of(engine, device) == fork_server


def test_the_vocabulary_holds_every_name_a_scenario_may_use() -> None:
    words = registry.vocabulary()
    assert {"simple_cnn", "resnet8"} <= words.families
    assert {"digits", "fashion_mnist"} <= words.datasets
    assert {"dense", "half_width", "prune_structured"} <= set(words.techniques)
    assert list(words.engines) == registry.names("engines")
    assert words.engines["openvino"].precisions == {"fp32", "bf16", "int8"}
    assert "onnx" not in words.engines["eager"].kinds
