"""ONNX files: exporting torch modules to them, and reading what a file says of itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.artifact import Counts
from bench.session import first_line
from bench.user_inputs import BATCH
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch.export import ExportedProgram


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
        msg = f"torch.onnx.export failed: {type(error).__name__}: {first_line(error)}"
        raise OnnxError(msg) from error
    if exported is None:
        msg = "torch.onnx.export returned nothing"
        raise OnnxError(msg)
    exported.save(str(file), external_data=False)
    if _is_batched(specs) and not _is_batched(read_specs(file)):
        msg = "the exporter baked the batch size into the graph"
        raise OnnxError(msg)


def _is_batched(specs: Mapping[str, TensorSpec]) -> bool:
    return any(BATCH in spec.shape for spec in specs.values())


def read_specs(file: Path) -> dict[str, TensorSpec]:
    """The inputs of an ONNX file: a symbolic first axis is the batch.

    Raises:
        OnnxError: the file is not ONNX.
    """
    import onnx

    model = _load(file)
    constants = {tensor.name for tensor in model.graph.initializer}
    specs = {}
    for value in model.graph.input:
        if value.name in constants:
            continue
        tensor = value.type.tensor_type
        shape = tuple(
            dim.dim_value if dim.HasField("dim_value") else _symbol(dim.dim_param, axis)
            for axis, dim in enumerate(tensor.shape.dim)
        )
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
        specs[value.name] = TensorSpec(shape=shape, dtype=dtype, low=None, high=None)
    return specs


def _symbol(name: str, axis: int) -> str:
    return BATCH if axis == 0 else name or f"axis {axis}"


def counts(file: Path) -> Counts:
    """Parameters: the elements of the file's floating-point tensors. MACs are not in the file."""
    import onnx

    params = nonzero = 0
    for tensor in _load(file).graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if np.issubdtype(array.dtype, np.floating):
            params += array.size
            nonzero += int(np.count_nonzero(array))
    return Counts(params=params, nonzero_params=nonzero)


def _load(file: Path) -> Any:  # noqa: ANN401 - onnx is imported late
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load(file)
    except (DecodeError, OSError, ValueError, onnx.checker.ValidationError) as error:
        msg = f"{file}: is not an ONNX model: {error}"
        raise OnnxError(msg) from error
    if not model.graph.node:
        msg = f"{file}: is not an ONNX model: it has no nodes"
        raise OnnxError(msg)
    return model
