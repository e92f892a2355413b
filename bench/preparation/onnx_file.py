"""ONNX files: exporting torch modules to them, and reading what a file says of itself."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation import cache
from bench.preparation.artifact import Counts
from bench.preparation.user_inputs import BATCH, fixed_batch_size
from bench.workers.session import short_reason
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch.export import ExportedProgram


NUMBERS = "biuf"  # kinds of numpy's types that values are made of
LARGE_BYTES = 1024  # tensors from here on are weights; below are shapes, biases and other constants

# Where operators of quantised models take what is multiplied, and biases; the rest says how it is
# stored.
INTEGERS = {
    "QuantizeLinear": (0,),
    "DequantizeLinear": (0,),
    "ConvInteger": (0, 1),
    "MatMulInteger": (0, 1),
    "QLinearConv": (0, 3, 8),
    "QLinearMatMul": (0, 3),
    "QGemm": (0, 3, 6),
    "DynamicQuantizeMatMul": (0, 1, 4),
}


class OnnxError(ValueError):
    """A file that is not a usable ONNX model, or a module that cannot become one."""


def export(program: ExportedProgram, specs: Mapping[str, TensorSpec], file: Path) -> None:
    """Write a program of torch.export as ONNX.

    Raises:
        OnnxError: the exporter refuses the program, or bakes the batch size in.
    """
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's own deprecations
            exported = torch.onnx.export(program, input_names=list(specs), verbose=False)
    except Exception as error:  # whatever the exporter meets in a user's module
        msg = f"torch.onnx.export failed: {type(error).__name__}: {short_reason(error)}"
        raise OnnxError(msg) from error
    if exported is None:
        msg = "torch.onnx.export returned nothing"
        raise OnnxError(msg)
    model = _each_once(_without_notes(exported.model_proto))
    file.write_bytes(model.SerializeToString())
    if fixed_batch_size(specs) is None and fixed_batch_size(read_specs(file)) is not None:
        msg = "the exporter baked the batch size into the graph"
        raise OnnxError(msg)


def _without_notes(model: Any) -> Any:  # noqa: ANN401 - onnx is imported late
    """The model without what the exporter noted for its own debugging.

    Every node has the call stack that it came from: of a small network a quarter of the file, and
    with it the paths of this machine. The size would depend on where Python is installed.
    """
    for part in (model, *_parts(model.graph)):
        del part.metadata_props[:]
    return model


def _each_once(model: Any) -> Any:  # noqa: ANN401 - onnx is imported late
    """The model with large tensors of equal content stored once.

    The exporter transposes the weight of a linear layer at every use: one that several blocks
    share would be stored as often as it is used.
    """
    graph = model.graph
    answers = {value.name for value in graph.output}
    first: dict[bytes, str] = {}
    same: dict[str, str] = {}
    for tensor in list(graph.initializer):
        name, tensor.name = tensor.name, ""
        content = tensor.SerializeToString(deterministic=True)
        tensor.name = name
        if len(content) < LARGE_BYTES or name in answers:
            continue
        same[name] = first.setdefault(content, name)
        if same[name] != name:
            graph.initializer.remove(tensor)
    for node in (part for part in _parts(graph) if hasattr(part, "op_type")):
        node.input[:] = [same.get(name, name) for name in node.input]
    return model


def _parts(graph: Any) -> Iterator[Any]:  # noqa: ANN401 - onnx is imported late
    """A graph and all in it that may carry notes."""
    yield from (graph, *graph.node, *graph.initializer)
    yield from (*graph.input, *graph.output, *graph.value_info)
    for attribute in (attribute for node in graph.node for attribute in node.attribute):
        if attribute.HasField("g"):  # what torch.cond and loops run
            yield from _parts(attribute.g)


def parts(file: Path) -> list[Path]:
    """The files that make up a model: the ONNX file, and those that its weights lie in, each once.

    Raises:
        OnnxError: the file is not ONNX, or one of the others is missing.
    """
    return [file, *_weights(file, _graph_alone(file))]


def sha256(file: Path) -> str:
    """The hash of a model, weights in other files included; of a single file that of its bytes.

    Raises:
        OnnxError: as `parts`.
    """
    hashes = [cache.file_sha256(part) for part in parts(file)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def size_bytes(file: Path) -> int:
    """What has to be shipped of a model, weights in other files included.

    Raises:
        OnnxError: as `parts`.
    """
    return sum(part.stat().st_size for part in parts(file))


def read_specs(file: Path) -> dict[str, TensorSpec]:
    """The inputs of an ONNX file: the symbol of a first axis is the batch, on any axis.

    Raises:
        OnnxError: the file is not ONNX, its weights cannot be read, or it takes what is no tensor
            of numbers.
    """
    graph = _load(file).graph
    constants = {tensor.name for tensor in graph.initializer}
    values = [value for value in graph.input if value.name not in constants]
    dims = [list(value.type.tensor_type.shape.dim) for value in values]
    batch_names = {axes[0].dim_param for axes in dims if axes and axes[0].dim_param}
    specs = {}
    for value, axes in zip(values, dims, strict=True):
        shape = tuple(
            dim.dim_value
            if dim.dim_value > 0  # some tools write -1 or 0 for an axis that is open
            else BATCH
            if index == 0 or dim.dim_param in batch_names
            else dim.dim_param or f"axis {index}"
            for index, dim in enumerate(axes)
        )
        specs[value.name] = TensorSpec(shape=shape, dtype=_dtype(file, value), low=None, high=None)
    return specs


def _dtype(file: Path, value: Any) -> str:  # noqa: ANN401 - onnx is imported late
    """The type of an input, as numpy calls it."""
    import onnx

    kind, element = value.type.WhichOneof("value"), value.type.tensor_type.elem_type
    if element != onnx.TensorProto.UNDEFINED:
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(element))
        if dtype.kind in NUMBERS:
            return str(dtype.name)
        kind = f"tensor of {onnx.TensorProto.DataType.Name(element).lower()}"
    what = kind.removesuffix("_type").replace("_", " ") if kind else "of no type"
    msg = (
        f"{file}: the input {value.name!r} is {what}; allowed are tensors of whole numbers, of "
        "floats of 16, 32 and 64 bits and of truth values; export the model with such inputs"
    )
    raise OnnxError(msg)


def counts(file: Path) -> Counts:
    """Parameters: the elements of floating-point tensors, and the nodes of decision trees.

    Of weights that are stored in integers it is these, and not their scales and zero points. MACs
    are not in the file, and trees have none: they compare.
    """
    import onnx

    parts = list(_parts(_load(file).graph))
    nodes = [part for part in parts if isinstance(part, onnx.NodeProto)]
    integers, storage = _quantised(nodes)
    params = nonzero = sum(map(_tree_nodes, nodes))
    tensors = [(part.name, part) for part in parts if isinstance(part, onnx.TensorProto)]
    for name, tensor in [*tensors, *_constants(nodes)]:
        if name in integers or (_is_float(tensor) and name not in storage):
            array = onnx.numpy_helper.to_array(tensor)
            params += array.size
            nonzero += int(np.count_nonzero(array))
    return Counts(params=params, nonzero_params=nonzero)


def _constants(nodes: list[Any]) -> Iterator[tuple[str, Any]]:
    """Tensors that nodes hold, as some exporters write weights, with the names of their values."""
    for node in (node for node in nodes if node.op_type == "Constant"):
        yield from ((node.output[0], one.t) for one in node.attribute if one.name == "value")


def _quantised(nodes: list[Any]) -> tuple[set[str], set[str]]:
    """What operators of quantised models take: weights in integers, and scales and zero points."""
    integers, storage = set[str](), set[str]()
    for node in (node for node in nodes if node.op_type in INTEGERS):
        for index, name in enumerate(node.input):
            (integers if index in INTEGERS[node.op_type] else storage).add(name)
    return integers, storage


def _is_float(tensor: Any) -> bool:  # noqa: ANN401 - onnx is imported late
    """Also of types that numpy has not, such as bfloat16."""
    import onnx

    name = onnx.TensorProto.DataType.Name(tensor.data_type)
    return "FLOAT" in name or name == "DOUBLE"


def _tree_nodes(node: Any) -> int:  # noqa: ANN401 - onnx is imported late
    """How many nodes the trees of this operator have, leaves included."""
    return sum(len(each.ints) for each in node.attribute if each.name == "nodes_nodeids")


def _load(file: Path) -> Any:  # noqa: ANN401 - onnx is imported late
    import onnx

    model = _graph_alone(file)
    _weights(file, model)
    try:
        onnx.load_external_data_for_model(model, str(file.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        msg = f"{file}: the weights beside it cannot be read: {error}; export the model again"
        raise OnnxError(msg) from error
    return model


def _graph_alone(file: Path) -> Any:  # noqa: ANN401 - onnx is imported late
    """The model without the weights that lie in other files."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(file, load_external_data=False)
    except (DecodeError, OSError, ValueError) as error:
        msg = f"{file}: is not an ONNX model: {error}"
        raise OnnxError(msg) from error
    if not model.graph.node:
        msg = f"{file}: is not an ONNX model: it has no nodes"
        raise OnnxError(msg)
    return model


def _weights(file: Path, model: Any) -> list[Path]:  # noqa: ANN401 - onnx is imported late
    """The files that a model's tensors lie in, named relative to its own."""
    from onnx.external_data_helper import uses_external_data

    outside = (tensor for tensor in _tensors(model) if uses_external_data(tensor))
    entries = (entry for tensor in outside for entry in tensor.external_data)
    named = (entry.value for entry in entries if entry.key == "location")
    found = list(dict.fromkeys(file.parent / name for name in named))
    for each in found:
        if not each.is_file():
            msg = (
                f"{file}: its weights lie in {each}, and there is no such file; put it there, as "
                "the two belong together, or export the model again"
            )
            raise OnnxError(msg)
    return found


def _tensors(message: Any) -> Iterator[Any]:  # noqa: ANN401 - onnx is imported late
    """Every tensor in a message, those of nodes, inner graphs and functions included."""
    import onnx

    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in (value,) if hasattr(value, "ListFields") else value:
                yield from _tensors(each)
