"""A small network as tools other than ours write it: in older opsets, quantised in their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (4, 1, 8, 8)  # of a batch of its input x
SCALE = 0.02  # of its activations
CHANNELS = 8

_numbers = np.random.default_rng(0)
KERNEL = _numbers.uniform(-1, 1, (CHANNELS, 1, 3, 3)).astype(np.float32)
MATRIX = _numbers.uniform(-1, 1, (CHANNELS * 36, 10)).astype(np.float32)


def write_conv(file: Path, opset: int) -> None:
    """Convolution, ReLU, linear layer, in float32."""
    _write(file, opset, [_conv("x", "kernel")], {"kernel": KERNEL})


def write_with_constants(file: Path, opset: int) -> None:
    """As pytorch-quantization and Model Optimizer export it: scales in nodes, weights in float32.

    The kernel has a scale for each channel.
    """
    each = np.abs(KERNEL).max(axis=(1, 2, 3)) / 127
    nodes = [
        *_held("xs", np.array(SCALE, np.float32)),
        *_held("xz", np.array(0, np.int8)),
        *_held("ks", each),
        *_held("kz", np.zeros(CHANNELS, np.int8)),
        *_pair("x", "xs", "xz"),
        *_pair("kernel", "ks", "kz", axis=0),
        _conv("x/d", "kernel/d"),
    ]
    _write(file, opset, nodes, {"kernel": KERNEL})


def write_without_zero_points(file: Path, kind: int) -> None:
    """Steps of this type by the attribute of opset 21; weights are stored in steps of int8."""
    scale = np.float32(1 / 127)
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "xs"], ["x/q"], output_dtype=kind),
        helper.make_node("DequantizeLinear", ["x/q", "xs"], ["x/d"]),
        helper.make_node("DequantizeLinear", ["steps", "ks"], ["kernel/d"]),
        _conv("x/d", "kernel/d"),
    ]
    steps = np.rint(KERNEL / scale).astype(np.int8)
    _write(file, 21, nodes, {"xs": np.array(SCALE, np.float32), "ks": scale, "steps": steps})


def write_float8(file: Path) -> None:
    """Quantised to float8 by whoever wrote it."""
    zero = helper.make_tensor("zero", TensorProto.FLOAT8E4M3FN, (), [0.0])
    nodes = [*_pair("x", "xs", "zero"), *_pair("kernel", "ks", "zero"), _conv("x/d", "kernel/d")]
    scales = {"xs": np.array(SCALE / 4, np.float32), "ks": np.array(1 / 448, np.float32)}
    _write(file, 21, nodes, {"kernel": KERNEL, **scales}, [zero])


def _held(name: str, array: np.ndarray[Any, Any]) -> list[onnx.NodeProto]:
    return [helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))]


def _pair(data: str, scale: str, zero: str, **axis: int) -> list[onnx.NodeProto]:
    return [
        helper.make_node("QuantizeLinear", [data, scale, zero], [f"{data}/q"], **axis),
        helper.make_node("DequantizeLinear", [f"{data}/q", scale, zero], [f"{data}/d"], **axis),
    ]


def _conv(data: str, kernel: str) -> onnx.NodeProto:
    return helper.make_node("Conv", [data, kernel], ["c"])


def _write(
    file: Path,
    opset: int,
    nodes: list[onnx.NodeProto],
    constants: dict[str, Any],
    others: list[onnx.TensorProto] | None = None,
) -> None:
    nodes += [
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Flatten", ["r"], ["f"]),
        helper.make_node("Gemm", ["f", "matrix"], ["y"]),
    ]
    held = {**constants, "matrix": MATRIX}
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in held.items()]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ("N", *SHAPE[1:]))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", 10))
    graph = helper.make_graph(nodes, "graph", [x], [y], [*tensors, *(others or [])])
    version = helper.find_min_ir_version_for([helper.make_opsetid("", opset)])
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=version
    )
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, file)
