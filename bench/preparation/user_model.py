"""Checks of a user's own model that need more than its scenario file, made while collecting."""

from __future__ import annotations

import sys
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from bench import registry
from bench.preparation import onnx_file, user_inputs
from bench.preparation.quantise import is_quantised
from bench.preparation.user_inputs import BATCH, RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.scenario import Scenario, TensorSpec

# Where factories are called these are imported already, whatever lies beside the scenario.
TAKEN = frozenset({"bench", "models", "results", "scenarios"}) | sys.stdlib_module_names

WHILE_IT_RUNS = "onnxruntime_dynamic"  # a way whose ranges no file holds

# Where errors say that the mistake is.
SECTION, INPUTS, TENSORS = "top level", "[inputs]", "[inputs.tensors]"


def check(scenario: Scenario) -> None:
    """Look at the model's file, or whether its factory's module is there; nothing is run.

    Raises:
        ScenarioError: it cannot be measured as the scenario says.
    """
    if scenario.own_model is None:
        return
    kind, target = scenario.own_model.kind, scenario.own_model.target
    inputs = scenario.inputs or RANDOM
    if kind == "onnx":
        specs = _check_onnx(scenario, Path(target))
    elif kind == "factory":
        _check_factory(scenario, target.partition(":")[0].partition(".")[0])
        specs = inputs.tensors
    else:
        _check_exported(scenario, target)
        specs = None  # only torch reads them, and is not imported before something is prepared
    try:
        user_inputs.check(inputs, specs)
    except user_inputs.InputsError as error:
        raise scenario.error(INPUTS, f"npz: {error}") from error


def _check_onnx(scenario: Scenario, file: Path) -> Mapping[str, TensorSpec]:
    try:
        read = onnx_file.read_specs(file)
        specs = user_inputs.merge(read, (scenario.inputs or RANDOM).tensors)
    except onnx_file.OnnxError as error:
        raise scenario.error(SECTION, f"model.onnx: {error}") from error
    except user_inputs.InputsError as error:
        raise scenario.error(TENSORS, str(error)) from error
    check_batch_sizes(scenario, read, specs)
    if is_quantised(file):
        _check_precisions(scenario, file)
    return specs


def _check_precisions(scenario: Scenario, file: Path) -> None:
    """A file that is quantised already is measured in a precision that says so, and in no other.

    A runtime takes its layers in integers whatever is asked for, and the row would say fp32.
    """
    base = scenario.baseline
    asked = [
        (matrix.section, engine, precision)
        for matrix in scenario.matrices
        for engine in matrix.engines
        for precision in matrix.precisions
    ]
    for section, engine, precision in [*asked, (SECTION, base.engine, base.precision)]:
        if registry.quantiser(engine, precision) in (None, WHILE_IT_RUNS):
            msg = (
                f"{file} is quantised already, and {engine} in {precision} would not run it in "
                f'{precision}; write precisions = ["int8"] in each matrix and '
                f'baseline = "dense/{base.engine}-int8"'
            )
            raise scenario.error(section, msg)


def _check_exported(scenario: Scenario, file: str) -> None:
    if not zipfile.is_zipfile(file):
        msg = f"model.exported: {file} is not a file of torch.export.save; export it again"
        raise scenario.error(SECTION, msg)


def check_batch_sizes(
    scenario: Scenario, read: Mapping[str, TensorSpec], specs: Mapping[str, TensorSpec]
) -> None:
    """A model whose file fixes the batch runs at one batch size only.

    Args:
        scenario: which batch sizes are asked for.
        read: what the model's file says of its inputs.
        specs: the same, overruled by the scenario, which may call a fixed axis the batch.

    Raises:
        ScenarioError: the scenario asks for another one.
    """
    fixed = _fixed(read, specs)
    if fixed is None:
        return
    name, shape, size = fixed
    for matrix in scenario.matrices:
        if matrix.batch_sizes != (size,):
            msg = (
                f"batch_sizes is {list(matrix.batch_sizes)}, but the model's input {name!r} has "
                f"the fixed shape {shape}; allowed is [{size}]; export the model with a "
                "symbolic batch axis for other sizes"
            )
            raise scenario.error(matrix.section, msg)


def _fixed(
    read: Mapping[str, TensorSpec], specs: Mapping[str, TensorSpec]
) -> tuple[str, tuple[int | str, ...], int] | None:
    """An input whose shape allows one batch size only, that shape, and the size."""
    size = user_inputs.fixed_batch_size(specs)
    if size is not None:
        name, spec = next(iter(specs.items()))
        return name, spec.shape, size
    for name, spec in read.items():
        wanted = specs[name].shape
        axis = wanted.index(BATCH) if BATCH in wanted else len(spec.shape)
        if axis < len(spec.shape) and isinstance(found := spec.shape[axis], int):
            return name, spec.shape, found
    return None


def _check_factory(scenario: Scenario, package: str) -> None:
    if package in TAKEN:
        msg = (
            f"model.factory: {package!r} is a name of the suite's or of Python's own, which would "
            "be imported instead; allowed is any other; rename the module"
        )
        raise scenario.error(SECTION, msg)
    folder = str(scenario.file.parent)
    if PathFinder.find_spec(package, [folder, *sys.path]) is None:
        msg = (
            f"model.factory: there is no module {package!r}, neither in {folder} nor installed; "
            "put it beside the scenario file, or install it"
        )
        raise scenario.error(SECTION, msg)
