"""What an ONNX file calls the axis of its batch, so that an engine can be told how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.preparation.user_inputs import BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scenarios.scenario import TensorSpec


def batch_symbols(file: Path, specs: Mapping[str, TensorSpec]) -> tuple[str, ...]:
    """The symbols that stand for the batch and for nothing else, such as "N"; often one.

    Args:
        file: the ONNX file.
        specs: its inputs, as the file and the scenario say together.
    """
    import onnx

    graph = onnx.load(file, load_external_data=False).graph
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for value in (value for value in graph.input if value.name in specs):
        dims = value.type.tensor_type.shape.dim
        for axis, dim in zip(specs[value.name].shape, dims, strict=False):
            names[axis == BATCH].add(dim.dim_param)
    return tuple(sorted(names[True] - names[False] - {""}))
