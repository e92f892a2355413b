"""From a graph quantised to symmetric int8 to the same in float8 (e4m3), with the same ranges.

A range that int8 cuts into 127 equal steps reaches from 0 to 448, the greatest float8, in steps
that grow with the value (Micikevicius et al. 2022, "FP8 Formats for Deep Learning"). No calibration
is needed beyond that of int8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.onnx_file import OnnxError
from bench.workers.session import short_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_INT8, MOST_FP8 = 127, 448.0  # of a symmetric int8, which does not use -128, and of e4m3
OPSET = 21  # from which on TensorRT reads quantisers of float8
IR_VERSION = 10  # of ONNX's file format, which that opset came with
QUANTISER_NODES = {"QuantizeLinear", "DequantizeLinear"}


def with_opset(model: Any) -> Any:  # noqa: ANN401 - onnx is imported late
    """The model in an opset that has float8, before it holds any.

    Raises:
        OnnxError: it holds operators that cannot be brought there.
    """
    from onnx import version_converter

    (version,) = (each.version for each in model.opset_import if not each.domain)
    if version >= OPSET:
        return model
    try:
        return version_converter.convert_version(model, OPSET)
    except Exception as error:  # the converter's own errors have no common type
        msg = f"the graph cannot be brought to opset {OPSET}, which fp8 needs: "
        raise OnnxError(msg + short_reason(error)) from error


def convert(model: Any) -> None:  # noqa: ANN401 - onnx is imported late
    """Replace every int8 quantiser, in place; it must be symmetric already."""
    from onnx import numpy_helper

    graph = model.graph
    model.ir_version = max(model.ir_version, IR_VERSION)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, Any] = {}
    replaced: set[str] = set()
    for node in _int8_quantisers(graph, constants):
        data, scale, zero = node.input
        replaced |= {data, scale, zero}
        names = [f"{scale}/fp8", f"{zero}/fp8"]
        if names[0] not in made:
            reach = numpy_helper.to_array(constants[scale]) * (MOST_INT8 / MOST_FP8)
            made[names[0]] = numpy_helper.from_array(reach.astype(np.float32), names[0])
            made[names[1]] = float8(np.zeros(tuple(constants[zero].dims)), names[1])
        node.input[1:] = names
        if data in constants:
            node.input[0] = f"{data}/fp8"
            steps = numpy_helper.to_array(constants[data]).astype(np.float32)
            made[node.input[0]] = float8(steps * (MOST_FP8 / MOST_INT8), node.input[0])
    used = {name for node in graph.node for name in node.input}
    kept = [one for one in graph.initializer if one.name in used or one.name not in replaced]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *made.values()])


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
