from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.preparation.onnx_file import OnnxError
from bench.tensorrt import fp8 as tensorrt_fp8
from bench.tensorrt import graph as tensorrt_graph
from tests.bench.exported_graphs import write_with_constants
from tests.bench.graphs import WEIGHT, write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.bench.real import Real


def outputs(file: Path, **inputs: NDArray[Any]) -> NDArray[Any]:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    found: NDArray[Any] = session.run(None, inputs)[0]
    return found


@pytest.fixture
def quantised(tmp_path: Path) -> Path:
    """A linear layer whose input has the range of 2.54, its weight one scale a column."""
    steps = np.round(WEIGHT / 0.01).clip(-127, 127).astype(np.int8)
    file = tmp_path / "int8.onnx"
    write(
        file,
        [("x", TensorProto.FLOAT, ("N", 3))],
        [
            helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
            helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["d"]),
            helper.make_node("DequantizeLinear", ["steps", "scales", "zeros"], ["w"], axis=1),
            helper.make_node("MatMul", ["d", "w"], ["y"]),
        ],
        {
            "scale": np.array(0.02, np.float32),
            "zero": np.array(0, np.int8),
            "steps": steps,
            "scales": np.full(2, 0.01, np.float32),
            "zeros": np.zeros(2, np.int8),
        },
    )
    return file


def converted(source: Path) -> Any:  # noqa: ANN401 - onnx ships no types
    file = source.with_suffix(".fp8.onnx")
    tensorrt_graph.write(source, "fp8", file)
    return onnx.load(file)


def test_quantisers_and_weights_are_float8_of_the_same_range(quantised: Path) -> None:
    model = converted(quantised)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    assert {name for name, each in tensors.items() if each.data_type == TensorProto.INT8} == set()
    assert tensors["steps/fp8"].data_type == TensorProto.FLOAT8E4M3FN
    assert list(tensors["zeros/fp8"].dims) == [2]
    scale = float(numpy_helper.to_array(tensors["scale/fp8"]))
    assert scale * tensorrt_fp8.MOST_FP8 == pytest.approx(0.02 * 127, rel=1e-3)  # in fp16
    assert next(each.version for each in model.opset_import if not each.domain) >= 21


def test_a_bias_of_int32_stays_as_it_is() -> None:
    node = helper.make_node("DequantizeLinear", ["bias", "scale", "zero"], ["b"])
    zero = numpy_helper.from_array(np.array(0, np.int32), "zero")
    graph = helper.make_graph([node], "g", [], [], [zero])
    assert list(tensorrt_fp8._int8_quantisers(graph, {"zero": zero})) == []


def test_values_are_rounded_to_the_nearest_float8() -> None:
    tensor = tensorrt_fp8.float8(np.array([1.0, 1.06, 1.07, 448.0]), "x")
    assert list(numpy_helper.to_array(tensor).astype(np.float32)) == [1.0, 1.0, 1.125, 448.0]


def test_fp8_computes_nearly_what_int8_does(quantised: Path) -> None:
    rows = np.array([[0.5, -1.0, 2.5], [0.1, 0.2, 0.3]], np.float32)
    exact = outputs(quantised, x=rows)
    converted(quantised)
    found = outputs(quantised.with_suffix(".fp8.onnx"), x=rows)
    assert 0 < np.abs(found - exact).max() < 0.08 * np.abs(exact).max()


def test_a_real_network_in_fp8_is_right_about_most_images(real: Real, tmp_path: Path) -> None:
    """By ONNX Runtime on the CPU, which computes what the graph says."""
    served = real.served("openvino-int8")
    file = tmp_path / "fp8.onnx"
    tensorrt_graph.write(real.artifact("openvino-int8").file, "fp8", file)
    images = np.load(f"{real.artifact('openvino-int8').inputs}/input0.npy")
    scores = outputs(file, input=np.asarray(images, np.float32))
    assert np.mean(scores.argmax(axis=1) == served.labels) > 0.95


def test_weights_that_are_quantised_in_the_graph_are_rounded_to_float8_there(
    tmp_path: Path,
) -> None:
    write_with_constants(tmp_path / "exported.onnx", 13)
    model = converted(tmp_path / "exported.onnx")
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    (node,) = (each for each in model.graph.node if each.output[0] == "kernel/q")
    assert tensors[node.input[0]].data_type == TensorProto.FLOAT16
    assert tensors[node.input[2]].data_type == TensorProto.FLOAT8E4M3FN
    assert list(tensors[node.input[2]].dims) == list(tensors[node.input[1]].dims)


def test_one_scale_may_have_several_zero_points(quantised: Path) -> None:
    model = onnx.load(quantised)
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.int8), "zero2"))
    (node,) = (each for each in model.graph.node if each.output[0] == "d")
    node.input[2] = "zero2"
    onnx.save(model, quantised)
    names = {tensor.name for tensor in converted(quantised).graph.initializer}
    assert {"zero/fp8", "zero2/fp8"} <= names


def test_a_scale_that_is_computed_is_refused(quantised: Path) -> None:
    model = onnx.load(quantised)
    model.graph.node.insert(0, helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0))
    for node in model.graph.node[1:3]:
        node.input[1] = "most"
    onnx.save(model, quantised)
    with pytest.raises(OnnxError, match="QuantizeLinear: only a constant scale can become one of"):
        converted(quantised)
