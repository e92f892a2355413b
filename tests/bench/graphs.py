"""Small ONNX files and modules of a user's own, for the tests of user models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Axis = int | str | None

WEIGHT = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]], dtype=np.float32)
BIAS = np.array([0.5, -0.5], dtype=np.float32)

FACTORIES = '''
"""A user's own networks."""
import torch
from torch import nn


class Beads(nn.Module):
    """Three inputs: integers, floats, and one that is the same for all samples."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.linear = nn.Linear(4, 3)

    def forward(self, ids, weights, scale):
        return self.linear((self.embedding(ids) * weights.unsqueeze(-1)).sum(1)) * scale


class AnyNumber(nn.Module):
    def forward(self, *inputs):
        return sum(inputs)


class Stubborn(nn.Module):
    def forward(self, x):
        return x if x.sum().item() > 0 else -x


def build():
    return Beads()


def half():
    return Beads().half()


def stubborn():
    return Stubborn()


def raises():
    raise ValueError("the beads fell off")


def number():
    return 42
'''

LINEAR = """
summary = "How fast is the linear layer?"
model = { onnx = "linear.onnx" }
baseline = "dense/onnxruntime-fp32"
[matrix]
techniques = ["dense"]
engines = ["onnxruntime", "openvino"]
batch_sizes = [1]
"""
BEADS = """
summary = "How fast are the beads?"
model = { factory = "beads_of_a_user:build" }
baseline = "dense/eager-fp32"
[inputs]
samples = 12
[inputs.tensors.ids]
shape = ["batch", 5]
dtype = "int64"
low = 0
high = 9
[inputs.tensors.weights]
shape = ["batch", 5]
dtype = "float32"
[inputs.tensors.scale]
shape = [1]
dtype = "float32"
[matrix]
techniques = ["dense"]
engines = ["eager", "onnxruntime", "openvino"]
batch_sizes = [5]
"""


def write_factories(folder: Path) -> None:
    """As a module that can be imported from the folder."""
    (folder / "beads_of_a_user.py").write_text(FACTORIES)


def write_linear(file: Path, *shape: Axis) -> None:
    """A linear layer, three inputs to two outputs, on an input of this shape."""
    write(
        file,
        [("x", TensorProto.FLOAT, shape or ("N", 3))],
        [
            helper.make_node("MatMul", ["x", "weight"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["y"]),
        ],
        {"weight": WEIGHT, "bias": BIAS},
    )


def write_quantised(file: Path) -> None:
    """The linear layer without its bias, activations and weights in int8 with Q/DQ."""
    quants = {
        "scale": np.array(0.05, np.float32),
        "wide": np.array(0.1, np.float32),
        "zero": np.array(0, np.int8),
        "integers": np.rint(WEIGHT / 0.05).astype(np.int8),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["rounded"]),
        helper.make_node("DequantizeLinear", ["rounded", "scale", "zero"], ["input"]),
        helper.make_node("DequantizeLinear", ["integers", "scale", "zero"], ["weight"]),
        helper.make_node("MatMul", ["input", "weight"], ["product"]),
        helper.make_node("QuantizeLinear", ["product", "wide", "zero"], ["answer"]),
        helper.make_node("DequantizeLinear", ["answer", "wide", "zero"], ["y"]),
    ]
    write(file, [("x", TensorProto.FLOAT, ("N", 3))], nodes, quants)


def write_linear_beside(file: Path, weight: np.ndarray[Any, Any] = WEIGHT) -> Path:
    """The linear layer with these weights in a file beside the graph, which is returned.

    As `torch.onnx.export(..., dynamo=True)` writes it: other weights leave the graph's bytes alone.
    """
    write_linear(file)
    model = onnx.load(file)
    (tensor,) = (each for each in model.graph.initializer if each.name == "weight")
    tensor.CopyFrom(numpy_helper.from_array(weight, "weight"))
    beside = file.with_name(f"{file.name}.data")
    beside.unlink(missing_ok=True)  # onnx would append to it
    onnx.save(model, file, save_as_external_data=True, location=beside.name, size_threshold=0)
    return beside


def write_two_inputs(file: Path) -> None:
    """Looks integers up in the linear layer's weight and multiplies them by a scalar."""
    write(
        file,
        [("ids", TensorProto.INT64, ("N", "length")), ("scale", TensorProto.FLOAT, ())],
        [
            helper.make_node("Gather", ["weight", "ids"], ["rows"]),
            helper.make_node("Mul", ["rows", "scale"], ["y"]),
        ],
        {"weight": WEIGHT},
    )


def write(
    file: Path,
    inputs: list[tuple[str, int, tuple[Axis, ...]]],
    nodes: list[onnx.NodeProto],
    constants: Mapping[str, np.ndarray[Any, Any]],
) -> None:
    """An ONNX file with one output y."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    others = sorted({node.domain for node in nodes} - {""})
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(name, 1) for name in others)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), file)
