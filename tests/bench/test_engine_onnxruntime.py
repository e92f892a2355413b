"""The engine onnxruntime: its providers and precisions are read back, never believed."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bench.artifact import Artifact
from bench.engines import onnxruntime
from bench.session import EngineError, Unavailable
from bench.target import Target
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Artifact(path="", inputs="", facts={})
TARGET = Target(precision="fp32", device="cuda:0", batch_size=1, threads=1)
INT8 = replace(TARGET, precision="int8", device="cpu")


def fake_runtime(providers: list[str]) -> SimpleNamespace:
    """An ONNX Runtime that has CUDA, whose sessions run elsewhere."""
    options = SimpleNamespace(add_session_config_entry=lambda *_: None)
    return SimpleNamespace(
        SessionOptions=lambda: options,
        get_available_providers=lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
        InferenceSession=lambda *_args, **_named: SimpleNamespace(get_providers=lambda: providers),
    )


def test_a_provider_that_fell_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", fake_runtime(["CPUExecutionProvider"]))
    words = "fell back from CUDAExecutionProvider to CPUExecutionProvider"
    with pytest.raises(EngineError, match=words):
        onnxruntime.load(NOTHING, TARGET)


def test_a_provider_that_this_build_lacks_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_runtime([])
    fake.get_available_providers = lambda: ["CPUExecutionProvider"]
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    with pytest.raises(Unavailable, match="has no CUDAExecutionProvider"):
        onnxruntime.load(NOTHING, TARGET)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"QLinearConv", "QGemm"}, "i8"),
        ({"FusedConv", "QLinearConv"}, "f32+i8"),
        ({"Conv", "MatMulInteger"}, "f32+i8"),
    ],
)
def test_the_precision_of_an_optimised_graph_is_that_of_its_operators(
    found: set[str], said: str
) -> None:
    assert onnxruntime._executed(frozenset(found), "int8") == said


def test_a_quantised_model_that_runs_in_floats_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "float.onnx"
    graphs.write_linear(file)
    with pytest.raises(EngineError, match=r"asked for int8, ONNX Runtime runs none .* MatMul|Gemm"):
        onnxruntime.load(
            replace(NOTHING, path=str(file)), replace(TARGET, precision="int8", device="cpu")
        )
