"""torch.export: from a module to a program with a symbolic batch, and what a program says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

import models.counting
from bench.preparation.artifact import Counts
from bench.preparation.user_inputs import BATCH, fixed_batch_size
from bench.workers.session import short_reason
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, nn
    from torch.export import ExportedProgram

EXAMPLE_BATCH = 2  # a batch of one would be taken for a constant


class ExportError(ValueError):
    """A module that torch.export refuses, or a file that is not an exported program."""


def program(module: nn.Module, specs: Mapping[str, TensorSpec]) -> ExportedProgram:
    """The module as a program whose batch axes are one symbol."""
    import torch

    batch = torch.export.Dim(BATCH)
    shapes = tuple(
        {spec.shape.index(BATCH): batch} if BATCH in spec.shape else {} for spec in specs.values()
    )
    try:
        return torch.export.export(
            module, examples(specs, EXAMPLE_BATCH), dynamic_shapes=_for_forward(module, shapes)
        )
    except Exception as error:  # whatever it meets in a user's module
        msg = f"torch.export failed: {type(error).__name__}: {short_reason(error)}"
        raise ExportError(msg) from error


def _for_forward(module: nn.Module, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Nested once more for forward(*inputs), whose inputs are one argument to torch.export."""
    import inspect

    parameters = inspect.signature(module.forward).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return (shapes,)
    return shapes


def examples(specs: Mapping[str, TensorSpec], batch_size: int) -> tuple[Tensor, ...]:
    """Tensors that fit the specifications: seeded random numbers, the least integers allowed."""
    import torch

    generator = np.random.default_rng(0)
    made = []
    for spec in specs.values():
        shape = [batch_size if axis == BATCH else int(axis) for axis in spec.shape]
        is_float = np.issubdtype(np.dtype(spec.dtype), np.floating)
        array = generator.standard_normal(shape) if is_float else np.full(shape, spec.low or 0)
        made.append(torch.from_numpy(np.asarray(array).astype(spec.dtype)))
    return tuple(made)


def fingerprint(exported: ExportedProgram) -> str:
    """A hash of the graph, its weights and its constants: the same for the same computation.

    Of what torch.cond and loops choose between the graph's own code has no more than the names.
    Shapes and types of inputs are not in it.
    """
    import torch

    digest = hashlib.sha256(str(exported.graph_signature).encode())
    for name, part in exported.graph_module.named_modules():
        if isinstance(part, torch.fx.GraphModule):
            digest.update(f"{name} {part.code}".encode())
    for name, value in sorted({**exported.state_dict, **exported.constants}.items()):
        digest.update(name.encode())
        if isinstance(value, torch.Tensor):
            digest.update(f"{value.dtype} {tuple(value.shape)}".encode())
            flat = value.detach().cpu().contiguous().reshape(-1)
            digest.update(flat.view(torch.uint8).numpy().tobytes())  # numpy has no bfloat16
    return digest.hexdigest()


def load(file: Path) -> ExportedProgram:
    """A program from a file that torch.export.save wrote.

    Raises:
        ExportError: it is not such a file.
    """
    import torch

    try:
        return torch.export.load(file)
    except Exception as error:  # zip, pickle and version errors of many types
        msg = f"{file}: is not a file of torch.export.save: {short_reason(error)}"
        raise ExportError(msg) from error


def read_specs(exported: ExportedProgram) -> dict[str, TensorSpec]:
    """The inputs of a program: a symbolic first axis is the batch."""
    placeholders = {node.name: node for node in exported.graph.nodes if node.op == "placeholder"}
    specs = {}
    for name in exported.graph_signature.user_inputs:
        value = placeholders[str(name)].meta["val"]
        shape = tuple(
            int(size) if str(size).isdigit() else BATCH if axis == 0 else str(size)
            for axis, size in enumerate(value.shape)
        )
        dtype = str(value.dtype).removeprefix("torch.")
        specs[str(name)] = TensorSpec(shape=shape, dtype=dtype, low=None, high=None)
    return specs


def counts(module: nn.Module, specs: Mapping[str, TensorSpec]) -> Counts:
    """Parameters, and the MACs of one sample."""
    counted = models.counting.count_for(module, examples(specs, 1))
    macs = counted.macs // (fixed_batch_size(specs) or 1)  # a fixed batch is passed whole
    return Counts(params=counted.params, nonzero_params=counted.nonzero_params, macs=macs)
