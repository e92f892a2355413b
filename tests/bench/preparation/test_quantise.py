from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import pytest

from bench.preparation.inputs import InputSet
from bench.preparation.quantise import WAYS, is_quantised, quantise
from bench.workers.session import Unavailable
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def run(file: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (outputs,) = session.run(None, {"x": x})
    found: NDArray[np.float32] = outputs
    return found


def linear(folder: Path) -> tuple[Path, InputSet]:
    """A linear layer, and inputs whose first alone would give a range that cuts all the others."""
    source = folder / "source.onnx"
    graphs.write_linear(source)
    x = np.random.default_rng(0).uniform(-1, 1, (50, 3)).astype(np.float32)
    x[:, 0], x[:, 1] = -1.0, 1.0  # NNCF takes the mean of the samples' ranges
    x[0] = 0.0, 0.1, 0.05
    return source, InputSet(
        arrays={"x": x}, batch_axes={"x": 0}, labels=None, sha256="", kind="random"
    )


@pytest.mark.parametrize("way", WAYS)
def test_weights_are_int8_and_nearly_the_same_comes_out(tmp_path: Path, way: str) -> None:
    source, calibration = linear(tmp_path)
    file = tmp_path / "int8.onnx"
    before = source.read_bytes()
    quantise(way, source, calibration, file)
    assert onnx.TensorProto.INT8 in {t.data_type for t in onnx.load(file).graph.initializer}
    assert is_quantised(file)
    assert not is_quantised(source)
    assert not onnx.load(file).graph.value_info
    assert source.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {source.name, file.name}
    x = np.asarray(calibration.arrays["x"])
    outputs, wanted = run(file, x), run(source, x)
    assert 0 < np.max(np.abs(outputs - wanted)) < 0.1


@pytest.mark.parametrize(
    ("way", "quantisers", "dequantisers"),
    [
        pytest.param("nncf_static", 1, 2, id="nncf"),
        pytest.param("onnxruntime_static", 2, 4, id="onnxruntime"),
    ],
)
def test_activations_of_a_static_file_have_ranges(
    tmp_path: Path, way: str, quantisers: int, dequantisers: int
) -> None:
    source, calibration = linear(tmp_path)
    file = tmp_path / "int8.onnx"
    quantise(way, source, calibration, file)
    kinds = operators(file)
    found = kinds.count("QuantizeLinear"), kinds.count("DequantizeLinear")
    assert found == (quantisers, dequantisers)


def test_a_dynamic_file_takes_its_ranges_while_it_runs(tmp_path: Path) -> None:
    source, calibration = linear(tmp_path)
    file = tmp_path / "int8.onnx"
    quantise("onnxruntime_dynamic", source, calibration, file)
    assert {"DynamicQuantizeLinear", "MatMulInteger"} <= set(operators(file))
    assert "QuantizeLinear" not in operators(file)


@pytest.mark.parametrize("way", ["onnxruntime_static", "onnxruntime_dynamic"])
def test_a_model_without_such_layers_is_a_skip(tmp_path: Path, way: str) -> None:
    source = tmp_path / "source.onnx"
    node = onnx.helper.make_node("Neg", ["x"], ["y"])
    graphs.write(source, [("x", onnx.TensorProto.FLOAT, ("N", 3))], [node], {})
    x = np.ones((4, 3), np.float32)
    calibration = InputSet(
        arrays={"x": x}, batch_axes={"x": 0}, labels=None, sha256="", kind="random"
    )
    with pytest.raises(Unavailable, match=f"{way}: this model has no layer"):
        quantise(way, source, calibration, tmp_path / "int8.onnx")


@pytest.mark.parametrize(
    ("channels", "groups", "kept"),
    [
        pytest.param(1, 1, {"Conv", "Relu"}, id="grey_images"),
        pytest.param(3, 1, set(), id="colours"),
        pytest.param(3, 3, set(), id="depthwise"),
    ],
)
def test_onnxruntime_leaves_convolutions_of_one_channel_in_fp32(
    tmp_path: Path, channels: int, groups: int, kept: set[str]
) -> None:
    source, file = tmp_path / "source.onnx", tmp_path / "int8.onnx"
    nodes = [
        onnx.helper.make_node("Conv", ["x", "weight"], ["c"], name="conv", group=groups),
        onnx.helper.make_node("Relu", ["c"], ["r"], name="relu"),
        onnx.helper.make_node("Conv", ["r", "last"], ["y"], name="conv2"),
    ]
    rng = np.random.default_rng(0)
    weights = {
        "weight": rng.normal(size=(6, channels // groups, 3, 3)).astype(np.float32),
        "last": rng.normal(size=(2, 6, 1, 1)).astype(np.float32),
    }
    graphs.write(source, [("x", onnx.TensorProto.FLOAT, ("N", channels, 5, 5))], nodes, weights)
    x = rng.normal(size=(4, channels, 5, 5)).astype(np.float32)
    calibration = InputSet(
        arrays={"x": x}, batch_axes={"x": 0}, labels=None, sha256="", kind="random"
    )
    quantise("onnxruntime_static", source, calibration, file)
    graph = onnx.load(file).graph
    made = {output: node.op_type for node in graph.node for output in node.output}
    in_floats = {
        node.op_type
        for node in graph.node
        if node.op_type in {"Conv", "Relu"} and made.get(node.input[0]) != "DequantizeLinear"
    }
    assert in_floats == kept


def operators(file: Path) -> list[str]:
    return [node.op_type for node in onnx.load(file).graph.node]
