from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.preparation.onnx_file import OnnxError
from bench.tensorrt import graph as tensorrt_graph
from tests.bench.exported_graphs import write_with_constants
from tests.bench.graphs import write, write_linear

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.bench.real import Real

HALVES = {"fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16}


def typed(source: Path, precision: str) -> Any:  # noqa: ANN401 - onnx ships no types
    file = source.with_suffix(f".{precision}.onnx")
    tensorrt_graph.write(source, precision, file)
    return onnx.load(file)


def outputs(model: Any, **inputs: NDArray[Any]) -> NDArray[Any]:  # noqa: ANN401
    options = ort.SessionOptions()
    options.log_severity_level = 3  # what it cannot fold in fp16 is of no interest
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found: NDArray[Any] = session.run(None, inputs)[0]
    return found


@pytest.fixture
def linear(tmp_path: Path) -> Path:
    write_linear(tmp_path / "linear.onnx")
    return tmp_path / "linear.onnx"


@pytest.mark.parametrize("precision", ["fp32", "tf32"])
def test_in_fp32_and_tf32_the_graph_stays_as_it_is(linear: Path, precision: str) -> None:
    assert typed(linear, precision) == onnx.load(linear)


@pytest.mark.parametrize("precision", HALVES)
def test_weights_are_of_the_type_and_borders_of_float32(linear: Path, precision: str) -> None:
    graph, before = typed(linear, precision).graph, onnx.load(linear).graph
    assert {tensor.data_type for tensor in graph.initializer} == {HALVES[precision]}
    assert [*graph.input, *graph.output] == [*before.input, *before.output]
    assert [node.op_type for node in graph.node] == ["Cast", "MatMul", "Add", "Cast"]
    assert [node.attribute[0].i for node in graph.node if node.op_type == "Cast"] == [
        HALVES[precision],
        TensorProto.FLOAT,
    ]


def test_bf16_is_rounded_to_nearest(linear: Path) -> None:
    model = onnx.load(linear)
    (weight,) = (one for one in model.graph.initializer if one.name == "weight")
    values = np.full((3, 2), 1.005859375, np.float32)  # 1 and a half steps of 2 ** -8, and more
    weight.CopyFrom(numpy_helper.from_array(values, "weight"))
    onnx.save(model, linear)
    (weight,) = (one for one in typed(linear, "bf16").graph.initializer if one.name == "weight")
    bits = np.frombuffer(weight.raw_data, np.uint16).astype(np.uint32) << 16
    assert set(bits.view(np.float32)) == {1.0078125}


def test_fp16_computes_nearly_the_same(real: Real) -> None:
    file = real.artifact("onnxruntime-fp32").file
    images = np.random.default_rng(0).standard_normal((4, 1, 28, 28)).astype(np.float32)
    exact, found = (outputs(typed(file, name), input=images) for name in ("fp32", "fp16"))
    assert found.dtype == np.float32
    assert 0 < np.abs(found - exact).max() < 0.05


def test_a_weight_that_fp16_cannot_hold_is_refused(linear: Path) -> None:
    model = onnx.load(linear)
    model.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.full((3, 2), 1e6, np.float32), "weight")
    )
    onnx.save(model, linear)
    with pytest.raises(OnnxError, match=r"weight: 1e\+06 is more than fp16 can hold; bf16 can"):
        typed(linear, "fp16")
    typed(linear, "bf16")


@pytest.mark.parametrize("precision", HALVES)
def test_an_operator_that_takes_only_float32_is_refused(tmp_path: Path, precision: str) -> None:
    scales = np.array([1, 1, 2, 2], np.float32)
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"])
    write(
        tmp_path / "resize.onnx",
        [("x", TensorProto.FLOAT, ("N", 1, 4, 4))],
        [node],
        {"scales": scales},
    )
    with pytest.raises(OnnxError, match=f"cannot be typed {precision}: .*scales"):
        typed(tmp_path / "resize.onnx", precision)


def test_what_nodes_hold_is_of_the_type_too(tmp_path: Path) -> None:
    """Constants in each of their forms, casts to float32, and what a condition runs."""
    then = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["t"])],
        "then",
        [],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)],
    )
    other = helper.make_graph(
        [helper.make_node("Constant", [], ["o"], value_floats=[7.0])],
        "other",
        [],
        [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("Constant", [], ["c"], value_float=2.0),
        helper.make_node("Constant", [], ["true"], value=numpy_helper.from_array(np.array(True))),
        helper.make_node("Cast", ["ids"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("If", ["true"], ["branch"], then_branch=then, else_branch=other),
        helper.make_node("Add", ["f", "c"], ["sum"]),
        helper.make_node("Add", ["sum", "branch"], ["y"]),
    ]
    inputs: Any = [("x", TensorProto.FLOAT, ("N", 3)), ("ids", TensorProto.INT64, ("N", 3))]
    write(tmp_path / "held.onnx", inputs, nodes, {})
    model = typed(tmp_path / "held.onnx", "fp16")
    x, ids = np.ones((2, 3), np.float32), np.full((2, 3), 5)
    np.testing.assert_array_equal(outputs(model, x=x, ids=ids), np.full((2, 3), 8.0))


def quantisers(model: Any) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:  # noqa: ANN401
    """Scale and zero point of each quantiser, by its output."""
    held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    return {
        node.output[0]: (held[node.input[1]].astype(np.float32), held[node.input[2]])
        for node in model.graph.node
        if node.op_type in {"QuantizeLinear", "DequantizeLinear"}
    }


def test_int8_is_signed_and_symmetric_and_clips_nothing_more(real: Real) -> None:
    """TensorRT refuses other zero points, and reads uint8 as int8: half of its range is lost."""
    file = real.artifact("openvino-int8").file
    before, after = quantisers(onnx.load(file)), quantisers(typed(file, "int8"))
    assert any(zero.dtype == np.uint8 or zero.any() for _, zero in before.values())
    assert before.keys() == after.keys()
    for name, (scale, zero) in after.items():
        assert zero.dtype == np.int8
        assert not zero.any()
        old_scale, old_zero = before[name]
        limits = np.iinfo(old_zero.dtype)
        ends = (limits.min - old_zero.astype(int), limits.max - old_zero.astype(int))
        reach = np.maximum(*np.abs(ends)) * old_scale
        room = 128 if old_zero.dtype == np.int8 else 127  # one step of int8's longer side
        assert np.all(room * scale >= reach * (1 - 1e-3))


def test_int8_is_fp16_where_nothing_was_quantised_and_still_right(real: Real) -> None:
    model = typed(real.artifact("openvino-int8").file, "int8")
    assert {tensor.data_type for tensor in model.graph.initializer} <= {
        TensorProto.FLOAT16,
        TensorProto.INT8,
        TensorProto.INT64,
    }
    served = real.served("eager-fp32")
    from pathlib import Path as Folder

    from bench.preparation.inputs import InputSet

    images = InputSet.load(Folder(real.artifact("eager-fp32").inputs)).batch(0, len(served.labels))
    right = outputs(model, **images).argmax(axis=1) == served.labels
    assert np.mean(right) > 0.97


@pytest.mark.parametrize(("precision", "opset"), [("int8", 19), ("fp8", 21)])
def test_an_older_graph_is_brought_to_the_opset_that_the_precision_needs(
    tmp_path: Path, precision: str, opset: int
) -> None:
    write_with_constants(tmp_path / "old.onnx", 13)
    assert [each.version for each in typed(tmp_path / "old.onnx", precision).opset_import] == [
        opset
    ]


def test_a_graph_that_cannot_be_brought_there_is_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("Unheard", ["d"], ["y"]),
    ]
    constants: dict[str, NDArray[Any]] = {"s": np.array(0.1, np.float32), "z": np.array(0, np.int8)}
    write(tmp_path / "odd.onnx", [("x", TensorProto.FLOAT, ("N", 3))], nodes, constants)
    with pytest.raises(OnnxError, match=r"from opset 17 to 19, which int8 needs: .*Unheard"):
        typed(tmp_path / "odd.onnx", "int8")
