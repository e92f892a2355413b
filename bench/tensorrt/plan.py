"""The plans of TensorRT engines on disk: each built once for its graph, library, GPU and driver."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import models
from bench.environment import gpu
from bench.preparation import cache, onnx_file
from bench.preparation.inputs import InputSet
from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import graph as tensorrt_graph
from bench.tensorrt import library as tensorrt_library
from bench.workers.session import Unavailable
from models import files

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.preparation.artifact import Artifact
    from bench.tensorrt.build import Built
    from bench.workers.target import Target

    Report = Callable[[str, float], None]

CODE = ("graph", "symmetric", "fp8", "build")  # what of this folder a plan's content depends on
PLAN, TYPED, ABOUT = "engine.plan", "typed.onnx", "build.json"
# Batch sizes of an engine that runs at all of them: kernels are chosen for the middle one.
LEAST, BEST, MOST = 1, 64, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What is to become a plan, and for what."""

    artifact: Artifact  # of an ONNX file
    target: Target  # precision and batch size
    device: str | None  # the GPU's name; None without one
    capability: tuple[int, int] | None = None  # its compute capability
    dynamic: bool = False  # one engine from LEAST to MOST, instead of one for the batch size


def compiled(trt: Any, asked: PlanRequest, report: Report) -> Artifact:  # noqa: ANN401 - untyped
    """The artifact of an ONNX file as a plan, from the cache where it is there already.

    Args:
        trt: the library.
        asked: what to build.
        report: told what goes on.

    Raises:
        Unavailable: the batch size is none of a dynamic engine's.
    """
    artifact, batch_size = asked.artifact, asked.target.batch_size
    if asked.dynamic and not LEAST <= batch_size <= MOST:
        msg = f"the dynamic engine is built for batch sizes {LEAST} to {MOST}, not {batch_size}"
        raise Unavailable(msg)
    place = _place(trt, asked.device)
    key = {**place, **_contents(asked)}

    def build(folder: Path) -> None:
        report(f"building with {tensorrt_library.title(trt)}", 0.0)
        _build(trt, asked, _timings(place), folder)

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


def _contents(asked: PlanRequest) -> dict[str, object]:
    """What a plan is built from and for."""
    shapes = {size: _shapes(asked, size) for size in (LEAST, BEST, MOST)}
    return {
        "graph": onnx_file.sha256(asked.artifact.file),
        "precision": asked.target.precision,
        "shapes": shapes if asked.dynamic else _shapes(asked, asked.target.batch_size),
        "versions": {name: metadata.version(name) for name in ("onnx", "torch")},
        "code": cache.code_sha256(*(f"tensorrt/{name}" for name in CODE)),
    }


def _shapes(asked: PlanRequest, batch_size: int) -> dict[str, tuple[int, ...]]:
    batch = InputSet.load(Path(asked.artifact.inputs)).batch(0, batch_size)
    return {name: array.shape for name, array in batch.items()}


def _wanted(asked: PlanRequest, typed: Path) -> tensorrt_build.Wanted:
    size = BEST if asked.dynamic else asked.target.batch_size
    wanted = tensorrt_build.Wanted(
        file=typed,
        shapes=_shapes(asked, size),
        tf32=asked.target.precision == "tf32",
        capability=asked.capability,
    )
    if not asked.dynamic:
        return wanted
    least, most = (_shapes(asked, size) for size in (LEAST, MOST))
    return replace(wanted, limits={name: (shape, most[name]) for name, shape in least.items()})


def _timings(place: dict[str, str | None]) -> Path:
    """What earlier builds with this library on this GPU have timed, and later ones need not."""
    folder = models.cache_folder() / "tensorrt-timings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / cache.name_of(place)


def _build(trt: Any, asked: PlanRequest, timings: Path, folder: Path) -> None:  # noqa: ANN401 - untyped
    typed, precision = folder / TYPED, asked.target.precision
    tensorrt_graph.write(asked.artifact.file, precision, typed)
    before = timings.read_bytes() if timings.is_file() else b""
    built = tensorrt_build.build(trt, _wanted(asked, typed), before)
    typed.unlink()
    if built.timings:
        files.replace(timings, built.timings)
    (folder / PLAN).write_bytes(built.plan)
    batches = f"one engine for {LEAST} to {MOST}, best at {BEST}"
    facts = {
        "graph_types": tensorrt_graph.types(precision),
        "batch_sizes": batches if asked.dynamic else "one engine for this one",
        **_facts(trt, built, before),
    }
    about = {"build_s": median(built.durations_s), "facts": facts}
    (folder / ABOUT).write_text(json.dumps(about))


def _facts(trt: Any, built: Built, timings: bytes) -> dict[str, str]:  # noqa: ANN401
    least, most, count = min(built.durations_s), max(built.durations_s), len(built.durations_s)
    spread = "one build"
    if count > 1:
        bytes_ = "all plans alike" if built.identical else "plans that differ"
        spread = f"{count} builds, {least:.3g} to {most:.3g} s, {bytes_}"
    facts = {"built_with": tensorrt_library.title(trt), "builds": spread}
    if not tensorrt_library.builds_without_device(trt):  # it times nothing where it builds
        facts["timing_cache"] = f"{len(timings)} B before the build" if timings else "empty"
    return facts
