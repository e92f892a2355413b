"""The plans of TensorRT engines on disk: each built once for its graph, library, GPU and driver."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import models
from bench import cache, tensorrt_build, tensorrt_graph, tensorrt_library
from bench.environment import gpu
from bench.inputs import InputSet
from models import files

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.artifact import Artifact
    from bench.target import Target
    from bench.tensorrt_build import Built

    Report = Callable[[str, float], None]

PLAN, TYPED, ABOUT = "engine.plan", "typed.onnx", "build.json"


def compiled(
    trt: Any,  # noqa: ANN401 - the library is untyped
    artifact: Artifact,
    target: Target,
    device: str | None,
    report: Report,
) -> Artifact:
    """The artifact of an ONNX file as a plan, from the cache where it is there already.

    Args:
        trt: the library.
        artifact: of an ONNX file.
        target: precision and batch size.
        device: the GPU's name; None without one.
        report: told what goes on.
    """
    place = _place(trt, device)
    key = {**place, **_contents(artifact, target)}

    def build(folder: Path) -> None:
        report(f"building with {tensorrt_library.title(trt)}", 0.0)
        _build(trt, artifact, target, _timings(place), folder)

    folder = cache.entry("tensorrt", key, build)
    about = json.loads((folder / ABOUT).read_text())
    plan = folder / PLAN
    return replace(
        artifact,
        path=str(plan),
        size_bytes=plan.stat().st_size,
        build_s=about["build_s"],
        facts={**artifact.facts, **about["facts"]},
    )


def _place(trt: Any, device: str | None) -> dict[str, str | None]:  # noqa: ANN401
    """Where a plan or a timing is of use, and nowhere else."""
    driver = gpu()["driver"] if device else None
    return {"library": tensorrt_library.title(trt), "device": device, "driver": driver}


def _contents(artifact: Artifact, target: Target) -> dict[str, object]:
    """What a plan is built from and for."""
    return {
        "graph": cache.file_sha256(artifact.file),
        "precision": target.precision,
        "shapes": _shapes(artifact, target),
        "versions": {name: metadata.version(name) for name in ("onnx", "torch")},
        "code": cache.code_sha256("tensorrt_graph", "tensorrt_build"),
    }


def _shapes(artifact: Artifact, target: Target) -> dict[str, tuple[int, ...]]:
    batch = InputSet.load(Path(artifact.inputs)).batch(0, target.batch_size)
    return {name: array.shape for name, array in batch.items()}


def _timings(place: dict[str, str | None]) -> Path:
    """What earlier builds with this library on this GPU have timed, and later ones need not."""
    folder = models.cache_folder() / "tensorrt-timings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / cache.name_of(place)


def _build(
    trt: Any,  # noqa: ANN401 - the library is untyped
    artifact: Artifact,
    target: Target,
    timings: Path,
    folder: Path,
) -> None:
    typed = folder / TYPED
    tensorrt_graph.write(artifact.file, target.precision, typed)
    wanted = tensorrt_build.Wanted(
        file=typed, shapes=_shapes(artifact, target), tf32=target.precision == "tf32"
    )
    before = timings.read_bytes() if timings.is_file() else b""
    built = tensorrt_build.build(trt, wanted, before)
    typed.unlink()
    files.replace(timings, built.timings)
    (folder / PLAN).write_bytes(built.plan)
    facts = {"graph_types": tensorrt_graph.types(target.precision), **_facts(trt, built, before)}
    about = {"build_s": median(built.durations_s), "facts": facts}
    (folder / ABOUT).write_text(json.dumps(about))


def _facts(trt: Any, built: Built, timings: bytes) -> dict[str, str]:  # noqa: ANN401
    least, most, count = min(built.durations_s), max(built.durations_s), len(built.durations_s)
    spread = "one build"
    if count > 1:
        bytes_ = "all plans alike" if built.identical else "plans that differ"
        spread = f"{count} builds, {least:.3g} to {most:.3g} s, {bytes_}"
    return {
        "built_with": tensorrt_library.title(trt),
        "builds": spread,
        "timing_cache": f"{len(timings)} B before the build" if timings else "empty",
    }
