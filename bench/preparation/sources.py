"""Where a case's model and inputs come from: a family of ours, or a user's own file or factory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import models
from bench.preparation import cache, onnx_file, torch_program, user_inputs
from bench.preparation.artifact import Artifact, Counts, RecipeFields
from bench.preparation.inputs import InputSet
from bench.preparation.quantise import CALIBRATION_SAMPLES
from bench.preparation.user_inputs import BATCH, RANDOM
from bench.preparation.user_model import check_batch_sizes
from bench.runtimes import torch_session
from bench.workers.session import Unavailable
from models.data import code_sha256, data_file, fit
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.case import Case
    from scenarios.scenario import Inputs, ModelSource

    Report = Callable[[str, float], None]

INPUT = "input"  # the name that a family's input has in exported graphs
RANDOM_WEIGHTS = "random weights: latency and memory only"
STEPS = 2  # raise it when a function here starts to make something else from the same key


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model before any engine's own form of it."""

    artifact: Artifact
    specs: Mapping[str, TensorSpec]  # its inputs, in order
    calibration: Path  # folder of the InputSet that quantisation may look at
    is_onnx: bool  # True if the model is an ONNX file already


def source(case: Case, report: Report) -> Source:
    """The case's model with its techniques applied, and its inputs."""
    return _family(case, report) if case.model.kind == "family" else _user(case)


def recipe_fields(case: Case) -> RecipeFields:
    """What a family's case is made by; Unavailable, with the reason, if its data is not here."""
    fields = RecipeFields(
        family=case.model.target,
        techniques=tuple(map(str, case.techniques)),
        dataset=str(case.scenario.dataset),
    )
    if (missing := data_file(fields["dataset"]).missing()) is not None:
        raise Unavailable(missing)
    return fields


def _family(case: Case, report: Report) -> Source:
    fields = recipe_fields(case)
    recipe = models.Recipe(**fields)
    weights = models.obtain(recipe, models.cache_folder(), report)
    shape = models.input_shape(recipe.family)
    specs = {INPUT: TensorSpec(shape=(BATCH, *shape), dtype="float32", low=None, high=None)}
    is_module = models.is_module(recipe.family)
    origin = "random" if weights.accuracy is None else "trained here"
    artifact = Artifact(
        path=str(weights.path),
        recipe=fields if is_module else None,
        inputs=str(_images(recipe.dataset, shape, "test")),
        size_bytes=weights.path.stat().st_size,
        facts={
            "weights": "shipped" if weights.shipped else origin,
            "seeds": models.spread(weights),
        },
        notes=(RANDOM_WEIGHTS,) if weights.accuracy is None else (),
    )
    counts = _counts(artifact, specs) if is_module else onnx_file.counts(artifact.file)
    return Source(
        artifact=artifact.with_counts(counts),
        specs=specs,
        calibration=_images(recipe.dataset, shape, "train"),
        is_onnx=not is_module,
    )


def _images(dataset: str, shape: tuple[int, ...], part: str) -> Path:
    """Test images to measure with, or training images to calibrate with; never mixed."""
    key = {
        "data": dataset,
        "code": code_sha256(dataset),
        "part": part,
        "most": CALIBRATION_SAMPLES if part == "train" else None,
        "shape": list(shape),
        "steps": STEPS,
    }

    def build(folder: Path) -> None:
        data = data_file(dataset).load()
        images, labels = data.test_images, data.test_labels
        if part == "train":
            images = data.train_images[:CALIBRATION_SAMPLES]
            labels = data.train_labels[:CALIBRATION_SAMPLES]
        InputSet(
            arrays={INPUT: fit(images, shape)},
            batch_axes={INPUT: 0},
            labels=labels if data.has_labels else None,
            sha256=data.sha256,
            kind=f"{part} images of {dataset}",
        ).save(folder)

    return cache.entry("inputs", key, build)


def _user(case: Case) -> Source:
    model, scenario = case.model, case.scenario
    inputs = scenario.inputs or RANDOM
    read = _read_specs(case)
    specs = user_inputs.merge(read, inputs.tensors)
    check_batch_sizes(scenario, read, specs)
    key = {
        "npz": cache.file_sha256(inputs.npz) if inputs.npz else None,
        "random": [inputs.seed, inputs.samples],
        "specs": {n: [list(s.shape), s.dtype, s.low, s.high] for n, s in specs.items()},
        "steps": STEPS,
    }
    folder = cache.entry("inputs", key, lambda f: user_inputs.make(inputs, specs).save(f))
    factory = model.target if model.kind == "factory" else None
    artifact = Artifact(
        path=str(scenario.file.parent) if factory else model.target,
        factory=factory,
        inputs=str(folder),
        size_bytes=None if factory else _size_bytes(model),
        facts={"model": f"{model.kind} {Path(model.target).name}"},
        notes=tuple(_user_notes(model, inputs)),
    )
    is_onnx = model.kind == "onnx"
    counts = onnx_file.counts(artifact.file) if is_onnx else _counts(artifact, specs)
    return Source(
        artifact=artifact.with_counts(counts), specs=specs, calibration=folder, is_onnx=is_onnx
    )


def _user_notes(model: ModelSource, inputs: Inputs) -> Iterator[str]:
    """What has to be known of a user's model, whatever runs it."""
    if not inputs.npz:
        yield "random inputs: no accuracy"
    if model.kind == "onnx" and (stored := _lower_floats(Path(model.target))):
        yield f"weights in the file are {stored}, whatever precision is asked for"


def _lower_floats(file: Path) -> str | None:
    """The type of an ONNX file's weights in 16 bits, "float16" or "bfloat16"; None without any."""
    import onnx

    kinds = {onnx.TensorProto.FLOAT16: "float16", onnx.TensorProto.BFLOAT16: "bfloat16"}
    tensors = onnx.load(file, load_external_data=False).graph.initializer
    return next((kinds[one.data_type] for one in tensors if one.data_type in kinds), None)


def _size_bytes(model: ModelSource) -> int:
    """Of a model's file, and of what lies in others beside it."""
    file = Path(model.target)
    return onnx_file.size_bytes(file) if model.kind == "onnx" else file.stat().st_size


def _read_specs(case: Case) -> dict[str, TensorSpec]:
    """What the model's file says of its inputs; a factory says nothing."""
    model = case.model
    if model.kind == "onnx":
        return onnx_file.read_specs(Path(model.target))
    if model.kind == "exported":
        return torch_program.read_specs(torch_program.load(Path(model.target)))
    return {}


def _counts(artifact: Artifact, specs: Mapping[str, TensorSpec]) -> Counts:
    return torch_program.counts(torch_session.build_module(artifact), specs)
