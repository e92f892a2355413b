"""The ONNX graph that a strongly typed TensorRT network is built from: precision lives in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.onnx_file import OnnxError
from bench.tensorrt import fp8 as tensorrt_fp8
from bench.tensorrt import symmetric as tensorrt_symmetric
from bench.workers.session import short_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

AS_IT_IS = frozenset({"fp32", "tf32"})  # TF32 is a flag of the builder, not a type
# Layers that these leave out run in the graph's type: in fp16, as nobody would deploy fp32 there.
QUANTISED = {"int8": "int8 (symmetric)", "fp8": "fp8 (e4m3)"}
FLOATS = {"fp16": "FLOAT16", "bf16": "BFLOAT16", **dict.fromkeys(QUANTISED, "FLOAT16")}
# From which on quantisers take fp16, which all else is typed, and those of float8 what TensorRT
# reads. No later one than is needed: an older TensorRT knows fewer.
OPSETS = {"int8": 19, "fp8": 21}
BORDER = "_outside"  # of the names of what is cast where the graph begins and ends


def types(precision: str) -> str:
    """What the graph is typed for a precision, in words."""
    if precision in QUANTISED:
        return f"{QUANTISED[precision]}, fp16 where nothing was quantised, fp32 outside"
    return "fp32" if precision in AS_IT_IS else f"{precision}, fp32 outside"


def write(source: Path, precision: str, file: Path) -> None:
    """Write the graph of `source` so typed that TensorRT runs it in this precision.

    Inputs and outputs stay as they are, float32 in every precision, as in the other engines.

    Raises:
        OnnxError: an operator or a weight does not exist in that type.
    """
    import onnx
    from onnx import inliner

    model = inliner.inline_local_functions(onnx.load(source))
    if precision in QUANTISED:
        model = _with_opset(model, precision)
        tensorrt_symmetric.make_symmetric(model)
    if precision == "fp8":
        tensorrt_fp8.convert(model)
    if precision not in AS_IT_IS:
        _check_types(model, precision)
        _check_range(model.graph, FLOATS[precision])
        _retype(model.graph, FLOATS[precision])
    onnx.save(model, file)


def _with_opset(model: Any, precision: str) -> Any:  # noqa: ANN401 - onnx is imported late
    """The model in an opset that has this precision, before it holds any of it.

    Raises:
        OnnxError: it holds operators that cannot be brought there.
    """
    from onnx import version_converter

    wanted = OPSETS[precision]
    (version,) = (each.version for each in model.opset_import if not each.domain)
    if version >= wanted:
        return model
    try:
        return version_converter.convert_version(model, wanted)
    except Exception as error:  # the converter's own errors have no common type
        msg = f"the graph cannot be brought from opset {version} to {wanted}, which {precision} "
        msg += f"needs: {short_reason(error)}"
        raise OnnxError(msg) from error


def _check_types(model: Any, precision: str) -> None:  # noqa: ANN401 - onnx is imported late
    """Find operators that take nothing but float32, by ONNX's own rules.

    Always of the graph in fp16: older opsets list no bf16 where TensorRT has it all the same.
    """
    import onnx

    tried = onnx.ModelProto()
    tried.CopyFrom(model)
    _retype(tried.graph, FLOATS["fp16"])
    try:
        onnx.shape_inference.infer_shapes(tried, check_type=True, strict_mode=True)
    except onnx.shape_inference.InferenceError as error:
        msg = f"the graph cannot be typed {precision}: {short_reason(error)}"
        raise OnnxError(msg) from error


def _check_range(graph: Any, name: str) -> None:  # noqa: ANN401 - onnx is imported late
    """Refuse weights that would become infinite; what is infinite already means to be."""
    from onnx import TensorProto, numpy_helper

    if name != "FLOAT16":  # bf16 has the range of float32
        return
    most = np.finfo(np.float16).max
    for tensor in (one for one in graph.initializer if one.data_type == TensorProto.FLOAT):
        array = np.abs(numpy_helper.to_array(tensor))
        largest = array[np.isfinite(array)].max(initial=0.0)
        if largest > most:
            msg = f"{tensor.name}: {largest:g} is more than fp16 can hold; bf16 can"
            raise OnnxError(msg)


def _retype(graph: Any, name: str, *, is_inner: bool = False) -> None:  # noqa: ANN401
    """Have everything float32 be of another type; casts stand where the graph begins and ends."""
    from onnx import TensorProto

    wanted = TensorProto.DataType.Value(name)
    for tensor in graph.initializer:
        _convert(tensor, wanted)
    for node in graph.node:
        _retype_node(node, wanted)
    del graph.value_info[:]
    constants = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    if is_inner:  # what a condition or a loop runs
        for value in _floats((*inputs, *graph.output)):
            value.type.tensor_type.elem_type = wanted
    else:
        _cast_borders(graph, inputs, wanted)


def _floats(values: Any) -> Iterator[Any]:  # noqa: ANN401 - onnx is imported late
    from onnx import TensorProto

    return (v for v in values if v.type.tensor_type.elem_type == TensorProto.FLOAT)


def _cast_borders(graph: Any, inputs: Any, wanted: int) -> None:  # noqa: ANN401
    """Cast inputs to the type, and outputs back to float32; names outside stay as they are."""
    from onnx import TensorProto, helper

    before = [value.name for value in _floats(inputs)]
    after = [value.name for value in _floats(graph.output)]
    inside = {name: name + BORDER for name in (*before, *after)}
    for node in graph.node:
        _rename(node, inside)
    begin = [helper.make_node("Cast", [n], [inside[n]], to=wanted) for n in before]
    end = [helper.make_node("Cast", [inside[n]], [n], to=TensorProto.FLOAT) for n in after]
    nodes = [*begin, *graph.node, *end]
    del graph.node[:]
    graph.node.extend(nodes)


def _rename(node: Any, names: Mapping[str, str]) -> None:  # noqa: ANN401 - onnx is imported late
    node.input[:] = [names.get(name, name) for name in node.input]
    node.output[:] = [names.get(name, name) for name in node.output]
    for inner in (a.g for a in node.attribute if a.HasField("g")):
        for each in inner.node:
            _rename(each, names)


def _retype_node(node: Any, wanted: int) -> None:  # noqa: ANN401 - onnx is imported late
    """Retype what a node holds: a tensor, a type to convert to, or a graph of its own."""
    from onnx import TensorProto, helper

    for attribute in node.attribute:
        if attribute.HasField("t"):
            _convert(attribute.t, wanted)
        elif attribute.HasField("g"):
            _retype(attribute.g, TensorProto.DataType.Name(wanted), is_inner=True)
        elif attribute.name in {"to", "dtype"} and attribute.i == TensorProto.FLOAT:
            attribute.i = wanted
        elif attribute.name in tensorrt_symmetric.VALUES:
            tensor = tensorrt_symmetric.constant_tensor(attribute)
            _convert(tensor, wanted)
            attribute.CopyFrom(helper.make_attribute("value", tensor))


def _convert(tensor: Any, wanted: int) -> None:  # noqa: ANN401 - onnx is imported late
    """Round a float32 tensor to nearest, in place; others stay as they are."""
    import torch
    from onnx import TensorProto, numpy_helper

    if tensor.data_type != TensorProto.FLOAT:
        return
    array = np.array(numpy_helper.to_array(tensor))
    half = wanted == TensorProto.FLOAT16
    rounded = torch.from_numpy(array).to(torch.float16 if half else torch.bfloat16)
    name = tensor.name
    tensor.Clear()
    tensor.name, tensor.data_type = name, wanted
    tensor.dims.extend(array.shape)
    tensor.raw_data = rounded.view(torch.int16).numpy().tobytes()
