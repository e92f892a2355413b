"""An ONNX graph's int8 quantisers as TensorRT takes them: signed, symmetric, of constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.onnx_file import OnnxError
from bench.workers.session import short_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Array = np.ndarray[Any, Any]

MOST_INT8 = 127  # of a symmetric int8, which does not use -128
QUANTISER_NODES = {"QuantizeLinear", "DequantizeLinear"}
VALUES = {"value", "value_float", "value_floats"}  # attributes of a Constant that holds numbers


def make_symmetric(model: Any) -> None:  # noqa: ANN401 - onnx is imported late
    """Give every int8 quantiser a signed range round zero, the least that holds its old one.

    TensorRT knows no other: a zero point that is not zero it refuses, and uint8 it reads as int8,
    without a word, which cuts off the upper half of all that comes out of a ReLU. Each has its
    zero point written out afterwards. Quantisers to other types, float8 among them, stay as they
    are.

    Raises:
        OnnxError: a scale or a zero point is computed, or weights are stored in steps of a range
            that is not symmetric.
    """
    from onnx import TensorProto, numpy_helper

    graph = model.graph
    _lift_constants(graph)
    stored = _stored_types(model)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, Any] = {}
    replaced: set[str] = set()
    for node in (node for node in graph.node if node.op_type in QUANTISER_NODES):
        kind = stored(node)
        if kind not in {TensorProto.INT8, TensorProto.UINT8}:
            continue
        _say_type_once(node)
        scale, zero = [*node.input[1:], ""][:2]
        point = _zero_point(node, zero, kind, constants)
        is_symmetric = point.dtype == np.int8 and not point.any()
        if is_symmetric and zero:
            continue
        _check_steps(node, constants, is_symmetric=is_symmetric)
        arrays = _symmetric(numpy_helper.to_array(constants[scale]), point)
        names = [f"{scale}/{zero}/{point.dtype}/{what}" for what in ("scale", "zero")]
        made |= {n: numpy_helper.from_array(a, n) for n, a in zip(names, arrays, strict=True)}
        replaced |= {scale, zero}
        node.input[1:] = names
    replace_constants(graph, made, replaced)


def replace_constants(graph: Any, made: Mapping[str, Any], replaced: set[str]) -> None:  # noqa: ANN401
    """Add tensors to a graph, and leave out the replaced ones that nothing reads any more."""
    used = set(_used(graph))
    kept = [one for one in graph.initializer if one.name in used or one.name not in replaced]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *made.values()])


def constant_tensor(attribute: Any) -> Any:  # noqa: ANN401 - onnx is imported late
    """What an attribute in VALUES holds, as a tensor."""
    from onnx import numpy_helper

    if attribute.HasField("t"):
        return attribute.t
    floats = list(attribute.floats) if attribute.name == "value_floats" else attribute.f
    return numpy_helper.from_array(np.asarray(floats, np.float32), "value")


def _lift_constants(graph: Any) -> None:  # noqa: ANN401 - onnx is imported late
    """Turn Constant nodes, in which torch's exporters keep scales, into initializers."""
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if node.op_type == "Constant" and node.attribute[0].name in VALUES:
            tensor = graph.initializer.add()
            tensor.CopyFrom(constant_tensor(node.attribute[0]))
            tensor.name = node.output[0]
        else:
            graph.node.append(node)


def _stored_types(model: Any) -> Callable[[Any], int]:  # noqa: ANN401 - onnx is imported late
    """Of which type a quantiser's steps are: that of its zero point, or the one ONNX infers."""
    from onnx import shape_inference

    try:
        graph = shape_inference.infer_shapes(model).graph
    except shape_inference.InferenceError as error:
        msg = f"of which types the graph's quantisers are cannot be told: {short_reason(error)}"
        raise OnnxError(msg) from error
    values = (*graph.value_info, *graph.input, *graph.output)
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}

    def stored(node: Any) -> int:  # noqa: ANN401
        steps = node.output[0] if node.op_type == "QuantizeLinear" else node.input[0]
        zero = [*node.input[2:], ""][0]
        if found := types.get(zero) or types.get(steps):
            return int(found)
        msg = f"{_name(node)}: the type of its steps is not known; give it a zero point"
        raise OnnxError(msg)

    return stored


def _say_type_once(node: Any) -> None:  # noqa: ANN401 - onnx is imported late
    """Leave the type of a quantiser's steps to its zero point; of the other node it is no type."""
    if node.op_type == "QuantizeLinear":
        kept = [one for one in node.attribute if one.name != "output_dtype"]
        del node.attribute[:]
        node.attribute.extend(kept)


def _zero_point(node: Any, name: str, kind: int, constants: Mapping[str, Any]) -> Array:  # noqa: ANN401
    """A quantiser's zero point: 0 where none is given."""
    from onnx import helper, numpy_helper

    if not name:
        return np.zeros((), helper.tensor_dtype_to_np_dtype(kind))
    if name not in constants:
        msg = f"{_name(node)}: only a constant zero point can be made symmetric; {name} is computed"
        raise OnnxError(msg)
    found: Array = numpy_helper.to_array(constants[name])
    return found


def _check_steps(node: Any, constants: Mapping[str, Any], *, is_symmetric: bool) -> None:  # noqa: ANN401
    """Refuse a scale that is computed, and weights whose steps would have to be counted anew."""
    data, scale = node.input[:2]
    if scale not in constants:
        msg = f"{_name(node)}: only a constant scale can be made symmetric; {scale} is computed"
        raise OnnxError(msg)
    if not is_symmetric and node.op_type == "DequantizeLinear" and data in constants:
        msg = (
            f"{_name(node)}: {data} is stored in steps of a range that is not symmetric; quantise "
            "weights to int8 with the zero point 0"
        )
        raise OnnxError(msg)


def _symmetric(scale: Array, zero: Array) -> tuple[Array, Array]:
    """Scale and zero point of the least symmetric int8 range that holds the range of these."""
    if zero.dtype == np.int8 and not zero.any():
        return scale, np.zeros(scale.shape, np.int8)
    limits, point = np.iinfo(zero.dtype), zero.astype(np.int64)
    reach = np.maximum(limits.max - point, point - limits.min)
    wider = np.asarray(scale * reach / MOST_INT8, scale.dtype)
    return wider, np.zeros(wider.shape, np.int8)


def _used(graph: Any) -> Iterator[str]:  # noqa: ANN401 - onnx is imported late
    """The names that nodes read, those of inner graphs included."""
    yield from (value.name for value in graph.output)
    for node in graph.node:
        yield from node.input
        for inner in (a.g for a in node.attribute if a.HasField("g")):
            yield from _used(inner)


def _name(node: Any) -> str:  # noqa: ANN401 - onnx is imported late
    return str(node.name or node.op_type)
