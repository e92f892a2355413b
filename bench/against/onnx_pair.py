"""Two ONNX files as two versions of the same cases, with random inputs read from their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.options import OptionError
from bench.preparation import onnx_file, user_inputs
from bench.preparation.user_inputs import RANDOM
from scenarios.scenario import (
    DEFAULT_MARGIN,
    DEFAULT_MEMORY_MARGIN,
    Baseline,
    Budget,
    Matrix,
    ModelSource,
    Scenario,
    Technique,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scenarios.scenario import TensorSpec

ENGINES = ("onnxruntime", "openvino")
BATCH_SIZES = (1, 32)  # where the files leave it open: one alone, and a full one
DENSE = (Technique(name="dense"),)
NAME = "onnx"  # of scenario and model in ids, which both files share


def scenario_pair(files: tuple[Path, Path], engines: Sequence[str]) -> list[Scenario]:
    """A scenario of each file, whose cases have the same ids.

    Raises:
        OptionError: a file or an engine cannot be used, or the files take different inputs.
    """
    for engine in engines:
        if engine not in ENGINES:
            msg = (
                f"--engine {engine!r}: two files are compared on {' and '.join(ENGINES)} alone; "
                "take one of those, or compare a scenario's run with one file and with the other"
            )
            raise OptionError(msg)
    first, second = (_specs(file) for file in files)
    if _forms(first) != _forms(second):
        msg = f"--onnx: the files take different inputs: {_shown(first)}, but {_shown(second)}"
        raise OptionError(msg)
    sizes = _batch_sizes(first)
    return [_scenario(file, tuple(engines) or ENGINES, sizes) for file in files]


def _specs(file: Path) -> dict[str, TensorSpec]:
    if not file.is_file():
        msg = f"--onnx {file}: there is no such file"
        raise OptionError(msg)
    try:
        return user_inputs.merge(onnx_file.read_specs(file), {})
    except onnx_file.OnnxError as error:
        msg = f"--onnx {error}"
        raise OptionError(msg) from error
    except user_inputs.InputsError as error:
        msg = f"--onnx {file}: {error}; write a scenario for it, and compare its runs"
        raise OptionError(msg) from error


def _forms(specs: Mapping[str, TensorSpec]) -> list[tuple[object, str]]:
    """Names may differ between exporters; order, shape and type are what the values follow."""
    return [(spec.shape, spec.dtype) for spec in specs.values()]


def _shown(specs: Mapping[str, TensorSpec]) -> str:
    return ", ".join(
        f"{name} {spec.dtype}[{'x'.join(map(str, spec.shape))}]" for name, spec in specs.items()
    )


def _batch_sizes(specs: Mapping[str, TensorSpec]) -> tuple[int, ...]:
    fixed = user_inputs.fixed_batch_size(specs)
    return BATCH_SIZES if fixed is None else (fixed,)


def _scenario(file: Path, engines: tuple[str, ...], batch_sizes: tuple[int, ...]) -> Scenario:
    model = ModelSource(kind="onnx", target=str(file.absolute()), name="model")
    return Scenario(
        name=NAME,
        file=file.absolute(),
        summary="Is the second file faster than the first?",
        default=False,
        task="inference",
        training=None,
        models=(model,),
        dataset=None,
        inputs=RANDOM,
        baseline=Baseline(model=model, techniques=DENSE, engine=engines[0], precision="fp32"),
        budget=Budget(),
        margin=DEFAULT_MARGIN,
        memory_margin=DEFAULT_MEMORY_MARGIN,
        matrices=(
            Matrix(
                section="[matrix]",
                models=(model,),
                techniques=(DENSE,),
                engines=engines,
                precisions=("fp32",),
                batch_sizes=batch_sizes,
                threads=(1,),
            ),
        ),
        device=None,
    )
