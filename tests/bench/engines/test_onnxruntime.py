"""The engine onnxruntime: its providers and precisions are read back, never believed."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from onnx import TensorProto, helper

from bench.engines import onnxruntime
from bench.preparation.artifact import Artifact
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Artifact(path="", inputs="", facts={})
TARGET = Target(precision="fp32", device="cuda:0", batch_size=1, threads=1)
INT8 = replace(TARGET, precision="int8", device="cpu")


def test_a_provider_that_fell_back_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SimpleNamespace(get_providers=lambda: ["AzureExecutionProvider"])
    options = SimpleNamespace(add_session_config_entry=lambda *_: None)
    fake = SimpleNamespace(
        SessionOptions=lambda: options, InferenceSession=lambda *_args, **_named: session
    )
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    words = "fell back from CPUExecutionProvider to AzureExecutionProvider"
    with pytest.raises(EngineError, match=words):
        onnxruntime.load(NOTHING, replace(TARGET, device="cpu"))


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


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_an_operator_that_it_does_not_have_is_no_failure(tmp_path: Path, precision: str) -> None:
    file = tmp_path / "foo.onnx"
    node = helper.make_node("Foo", ["x"], ["y"], domain="my")
    graphs.write(file, [("x", TensorProto.FLOAT, ("N", 3))], [node], {})
    with pytest.raises(Unavailable, match=r"ONNX Runtime has no operator my\.Foo"):
        onnxruntime.load(replace(NOTHING, path=str(file)), replace(INT8, precision=precision))


def test_a_quantised_model_that_runs_in_floats_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "float.onnx"
    graphs.write_linear(file)
    with pytest.raises(EngineError, match=r"asked for int8, ONNX Runtime runs none .* MatMul|Gemm"):
        onnxruntime.executed(str(file), INT8)


def test_what_was_read_back_before_is_not_read_again_when_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of loading is measured, and is that of a session alone."""
    file = tmp_path / "quantised.onnx"
    graphs.write_quantised(file)
    facts = {"precision": onnxruntime.executed(str(file), INT8)}
    assert facts == {"precision": "i8"}
    monkeypatch.setattr(onnxruntime, "_operators", None)
    monkeypatch.setattr(onnxruntime, "TemporaryDirectory", None)
    session = onnxruntime.load(replace(NOTHING, path=str(file), facts=facts), INT8)
    assert session.facts["precision"] == "i8"


def test_the_runtime_is_told_how_long_the_batch_is(tmp_path: Path) -> None:
    file = tmp_path / "linear.onnx"
    graphs.write_linear(file)
    artifact = replace(NOTHING, path=str(file), batch_symbols=("N",))
    session: Any = onnxruntime.load(artifact, replace(TARGET, device="cpu", batch_size=4))
    assert session._session.get_inputs()[0].shape == [4, 3]
