"""Checks of a user's own model that need more than its scenario file, made while collecting."""

from __future__ import annotations

import sys
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from bench.preparation import onnx_file, user_inputs
from bench.preparation.user_inputs import RANDOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.scenario import Scenario, TensorSpec

SECTION, INPUTS = "top level", "[inputs.tensors]"  # where errors say that the mistake is


def check(scenario: Scenario) -> None:
    """Look at the model's file, or whether its factory's module is there; nothing is run.

    Raises:
        ScenarioError: it cannot be measured as the scenario says.
    """
    if scenario.own_model is None:
        return
    kind, target = scenario.own_model.kind, scenario.own_model.target
    if kind == "onnx":
        _check_onnx(scenario, Path(target))
    elif kind == "exported" and not zipfile.is_zipfile(target):
        msg = f"model.exported: {target} is not a file of torch.export.save; export it again"
        raise scenario.error(SECTION, msg)
    elif kind == "factory":
        _check_factory(scenario, target.partition(":")[0].partition(".")[0])


def _check_onnx(scenario: Scenario, file: Path) -> None:
    try:
        read = onnx_file.read_specs(file)
        specs = user_inputs.merge(read, (scenario.inputs or RANDOM).tensors)
    except onnx_file.OnnxError as error:
        raise scenario.error(SECTION, f"model.onnx: {error}") from error
    except user_inputs.InputsError as error:
        raise scenario.error(INPUTS, str(error)) from error
    check_batch_sizes(scenario, specs)


def check_batch_sizes(scenario: Scenario, specs: Mapping[str, TensorSpec]) -> None:
    """A model whose inputs have no batch axis runs at one batch size only.

    Raises:
        ScenarioError: the scenario asks for another one.
    """
    fixed = user_inputs.fixed_batch_size(specs)
    if fixed is None:
        return
    name, spec = next(iter(specs.items()))
    for matrix in scenario.matrices:
        if matrix.batch_sizes != (fixed,):
            msg = (
                f"batch_sizes is {list(matrix.batch_sizes)}, but the model's input {name!r} has "
                f"the fixed shape {spec.shape}; allowed is [{fixed}]; export the model with a "
                "symbolic batch axis for other sizes"
            )
            raise scenario.error(matrix.section, msg)


def _check_factory(scenario: Scenario, package: str) -> None:
    folder = str(scenario.file.parent)
    if PathFinder.find_spec(package, [folder, *sys.path]) is None:
        msg = (
            f"model.factory: there is no module {package!r}, neither in {folder} nor installed; "
            "put it beside the scenario file, or install it"
        )
        raise scenario.error(SECTION, msg)
