"""Quantisers in every form that files have them in; that they build is in test_real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.preparation.onnx_file import OnnxError
from bench.tensorrt import symmetric
from tests.bench.exported_graphs import (
    KERNEL,
    SCALE,
    SHAPE,
    write_float8,
    write_with_constants,
    write_without_zero_points,
)
from tests.bench.graphs import write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

X = np.random.default_rng(1).uniform(-2, 2, SHAPE).astype(np.float32)
FLOAT = TensorProto.FLOAT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def made(file: Path) -> Any:  # noqa: ANN401 - onnx ships no types
    model = onnx.load(file)
    symmetric.make_symmetric(model)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    return model


def outputs(model: Any) -> NDArray[Any]:  # noqa: ANN401
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: NDArray[Any] = session.run(None, {"x": X})[0]
    return found


def quantisers(model: Any) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:  # noqa: ANN401
    """Scale and zero point of each quantiser, by its output."""
    held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type in symmetric.QUANTISER_NODES]
    return {node.output[0]: (held[node.input[1]], held[node.input[2]]) for node in nodes}


def test_constants_in_nodes_are_constants(file: Path) -> None:
    write_with_constants(file, 13)
    model = made(file)
    np.testing.assert_allclose(quantisers(model)["x/q"][0], SCALE)
    assert quantisers(model)["kernel/q"][0].shape == (len(KERNEL),)
    assert not any(node.op_type == "Constant" for node in model.graph.node)
    np.testing.assert_array_equal(outputs(model), outputs(onnx.load(file)))


def test_a_constant_written_as_a_number_is_one_too(file: Path) -> None:
    nodes = [
        helper.make_node("Constant", [], ["s"], value_float=0.5),
        helper.make_node("Constant", [], ["s2"], value_floats=[0.5, 0.25, 1.0]),
        helper.make_node("QuantizeLinear", ["x", "s"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s2"], ["y"], axis=1),
    ]
    write(file, [("x", FLOAT, ("N", 3))], nodes, {})
    found = quantisers(made(file))
    assert found["q"][0].shape == ()
    np.testing.assert_allclose(found["y"][0], np.array([0.5, 0.25, 1.0]) * 255 / 127, rtol=1e-6)


def test_without_a_zero_point_the_steps_are_of_the_type_that_is_said(file: Path) -> None:
    write_without_zero_points(file, TensorProto.INT8)
    model = made(file)
    for scale, zero in quantisers(model).values():
        assert zero.dtype == np.int8
        assert zero.shape == scale.shape
    np.testing.assert_array_equal(outputs(model), outputs(onnx.load(file)))


def test_without_a_zero_point_and_a_type_activations_are_uint8(file: Path) -> None:
    """The one of weights is int8 all the same, as what it is given is."""
    write_without_zero_points(file, TensorProto.UINT8)
    found = quantisers(made(file))
    for name in ("x/q", "x/d"):
        assert found[name][0] == pytest.approx(SCALE * 255 / 127)
    assert found["kernel/d"][0] == pytest.approx(1 / 127)


def test_one_scale_may_be_that_of_several_ranges(file: Path) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "u"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "u"], ["d"]),
        helper.make_node("QuantizeLinear", ["d", "s", "i"], ["q2"]),
        helper.make_node("DequantizeLinear", ["q2", "s", "i"], ["y"]),
    ]
    constants = {"s": np.float32(0.5), "u": np.uint8(128), "i": np.uint8(0)}
    write(file, [("x", FLOAT, ("N", 3))], nodes, {n: np.array(a) for n, a in constants.items()})
    found = quantisers(made(file))
    assert found["q"][0] == found["d"][0] == pytest.approx(0.5 * 128 / 127)
    assert found["q2"][0] == found["y"][0] == pytest.approx(0.5 * 255 / 127)


def test_float8_stays_as_it_is(file: Path) -> None:
    write_float8(file)
    assert made(file) == onnx.load(file)


def test_weights_in_steps_of_uint8_are_refused_by_name(file: Path) -> None:
    nodes = [
        helper.make_node("DequantizeLinear", ["steps", "s", "z"], ["w"], name="dw"),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "steps": np.full((3, 2), 200, np.uint8),
        "s": np.array(0.1, np.float32),
        "z": np.array(128, np.uint8),
    }
    write(file, [("x", FLOAT, ("N", 3))], nodes, constants)
    with pytest.raises(OnnxError, match="dw: steps is stored in steps of a range that is not"):
        made(file)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (["x", "m"], "constant scale can be made symmetric; m is computed"),
        (["x", "s", "mi"], "constant zero point can be made symmetric; mi is computed"),
    ],
)
def test_what_is_computed_is_refused_by_name(file: Path, inputs: list[str], said: str) -> None:
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Cast", ["m"], ["mi"], to=TensorProto.UINT8),
        helper.make_node("QuantizeLinear", inputs, ["q"], name="first"),
        helper.make_node("DequantizeLinear", ["q", *inputs[1:]], ["y"]),
    ]
    write(file, [("x", FLOAT, ("N", 3))], nodes, {"s": np.array(0.1, np.float32)})
    with pytest.raises(OnnxError, match=f"first: only a {said}"):
        made(file)


def test_steps_of_a_type_that_nobody_knows_are_refused(file: Path) -> None:
    nodes = [
        helper.make_node("Rounded", ["x"], ["q"], domain="of.mine"),
        helper.make_node("DequantizeLinear", ["q", "s"], ["y"], name="last"),
    ]
    write(file, [("x", FLOAT, ("N", 3))], nodes, {"s": np.array(0.1, np.float32)})
    with pytest.raises(OnnxError, match="last: the type of its steps is not known; give it"):
        made(file)
    model = onnx.load(file)
    mine = next(each for each in model.opset_import if each.domain == "of.mine")
    model.opset_import.remove(mine)
    onnx.save(model, file)
    with pytest.raises(OnnxError, match=r"cannot be told: .*No opset import for domain of.mine"):
        made(file)
