"""From a case to its artifact: the form that its engine and precision need; each step cached."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING

from bench import registry
from bench.preparation import cache, onnx_file, torch_program
from bench.preparation.batch_symbols import batch_symbols
from bench.preparation.inputs import InputSet
from bench.preparation.quantise import CALIBRATION_SAMPLES, is_quantised, made_by, quantise
from bench.preparation.sources import Source, source
from bench.runtimes.torch_session import build_module
from bench.training import source as training_source

if TYPE_CHECKING:
    from pathlib import Path

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.preparation.sources import Report

ONNX = "model.onnx"
WITHOUT_CALIBRATION = frozenset({"onnxruntime_dynamic"})  # ranges are taken while it runs
WAITING = "waiting for another run, which makes the same"
ON_ITS_SAMPLES = "calibrated on the same samples that its accuracy is measured on"


def prepare(case: Case, report: Report) -> Artifact:
    """The artifact of a case, from the cache where it is there already.

    Args:
        case: what is to be measured.
        report: told what goes on and how much of it is done, 0 to 1.
    """
    if case.scenario.training is not None:
        return training_source.prepare(case, case.scenario.training, report)
    made = source(case, report)
    engine = registry.engine(case.engine)
    if engine.FORM == "module":
        return made.artifact
    file = made.artifact.file if made.is_onnx else _exported(made, report)
    facts, notes = dict(made.artifact.facts), made.artifact.notes
    way = registry.quantiser(case.engine, case.precision)
    if way is not None and is_quantised(file):
        facts["quantised"] = "in the file already"
    elif way is not None:
        file = _quantised(way, file, made.calibration, report)
        samples = _calibrated_on(way, made.calibration)
        facts["quantised"] = f"{made_by(way)}, {samples} samples" if samples else made_by(way)
        if samples and _has_labels(made):
            notes = (*notes, f"{case.precision} was {ON_ITS_SAMPLES}")
    if way is not None and hasattr(engine, "executed"):
        facts["precision"] = engine.executed(str(file), case.target)
    facts["model_sha256"] = onnx_file.sha256(file)
    artifact = replace(
        made.artifact,
        path=str(file),
        recipe=None,
        factory=None,
        size_bytes=onnx_file.size_bytes(file),
        batch_symbols=batch_symbols(file, made.specs),
        facts=facts,
        notes=notes,
    )
    return _built(artifact, case, report)


def _built(artifact: Artifact, case: Case, report: Report) -> Artifact:
    """What an engine that compiles ahead makes of the file; the file itself of all others."""
    engine = registry.engine(case.engine)
    if not hasattr(engine, "build"):
        return artifact
    ready: Artifact = engine.build(artifact, case.target, report)
    return ready


def _exported(made: Source, report: Report) -> Path:
    """The source as ONNX; named by its graph, so that changed model code is never mistaken."""
    artifact = made.artifact
    is_program = artifact.recipe is None and artifact.factory is None
    program = (
        torch_program.load(artifact.file)
        if is_program
        else torch_program.program(build_module(artifact), made.specs)
    )
    key = {
        "graph": torch_program.fingerprint(program),
        "inputs": [[name, *spec.shape, spec.dtype] for name, spec in made.specs.items()],
        "versions": {name: metadata.version(name) for name in ("torch", "onnx", "onnxscript")},
        "code": cache.code_sha256("preparation/onnx_file", "preparation/torch_program"),
    }

    def build(folder: Path) -> None:
        report("exporting to ONNX", 0.0)
        onnx_file.export(program, made.specs, folder / ONNX)

    return cache.entry("onnx", key, build, lambda: report(WAITING, 0.0)) / ONNX


def _calibrated_on(way: str, calibration: Path) -> int:
    """How many samples ranges are taken from."""
    samples = InputSet.load(calibration).samples
    return 0 if way in WITHOUT_CALIBRATION else min(CALIBRATION_SAMPLES, samples)


def _has_labels(made: Source) -> bool:
    """Whether the samples that calibrate have an accuracy too: a user's, who has no others."""
    its_own = str(made.calibration) == made.artifact.inputs
    return its_own and InputSet.load(made.calibration).labels is not None


def _quantised(way: str, file: Path, calibration: Path, report: Report) -> Path:
    samples = InputSet.load(calibration)
    key = {
        "way": made_by(way),
        "model": onnx_file.sha256(file),
        "calibration": [samples.sha256, CALIBRATION_SAMPLES],
        "onnx": metadata.version("onnx"),
        "code": cache.code_sha256("preparation/quantise"),
    }

    def build(folder: Path) -> None:
        report("quantising to int8", 0.0)
        quantise(way, file, samples, folder / ONNX)

    return cache.entry("int8", key, build, lambda: report(WAITING, 0.0)) / ONNX
