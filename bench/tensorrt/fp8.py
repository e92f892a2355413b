"""From a graph quantised to symmetric int8 to the same in float8 (e4m3), with the same ranges.

A range that int8 cuts into 127 equal steps reaches from 0 to 448, the greatest float8, in steps
that grow with the value (Micikevicius et al. 2022, "FP8 Formats for Deep Learning"). No calibration
is needed beyond that of int8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.onnx_file import OnnxError
from bench.tensorrt.symmetric import MOST_INT8, QUANTISER_NODES, replace_constants

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FP8 = 448.0  # of e4m3
IR_VERSION = 10  # of ONNX's file format, which the opset came with that TensorRT reads float8 of


def convert(model: Any) -> None:  # noqa: ANN401 - onnx is imported late
    """Replace every int8 quantiser, in place; it must be symmetric already.

    Raises:
        OnnxError: a scale is computed.
    """
    from onnx import TensorProto, numpy_helper

    graph = model.graph
    model.ir_version = max(model.ir_version, IR_VERSION)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, Any] = {}
    replaced: set[str] = set()
    for node in _int8_quantisers(graph, constants):
        data, scale, zero = node.input
        if scale not in constants:
            msg = f"{node.name or node.op_type}: only a constant scale can become one of fp8"
            raise OnnxError(msg)
        replaced |= {data, scale, zero}
        node.input[1:] = names = [f"{scale}/fp8", f"{zero}/fp8"]
        reach = numpy_helper.to_array(constants[scale]) * (MOST_INT8 / MOST_FP8)
        made[names[0]] = numpy_helper.from_array(reach.astype(np.float32), names[0])
        made[names[1]] = float8(np.zeros(tuple(constants[zero].dims)), names[1])
        # What a quantiser is given before it rounds is no steps yet, and stays as it is.
        if data in constants and constants[data].data_type == TensorProto.INT8:
            node.input[0] = f"{data}/fp8"
            steps = numpy_helper.to_array(constants[data]).astype(np.float32)
            made[node.input[0]] = float8(steps * (MOST_FP8 / MOST_INT8), node.input[0])
    replace_constants(graph, made, replaced)


def _int8_quantisers(graph: Any, constants: dict[str, Any]) -> Iterator[Any]:  # noqa: ANN401
    """Those with an int8 zero point; biases of int32 stay as they are."""
    from onnx import TensorProto

    for node in graph.node:
        if node.op_type in QUANTISER_NODES and len(node.input) > 2:  # noqa: PLR2004 - data, scale, zero
            zero = constants.get(node.input[2])
            if zero is not None and zero.data_type == TensorProto.INT8:
                yield node


def float8(array: np.ndarray[Any, Any], name: str) -> Any:  # noqa: ANN401 - onnx is imported late
    """A tensor rounded to the nearest float8."""
    import torch
    from onnx import TensorProto

    rounded = torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(torch.float8_e4m3fn)
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT8E4M3FN, dims=array.shape)
    tensor.raw_data = rounded.view(torch.uint8).numpy().tobytes()
    return tensor
