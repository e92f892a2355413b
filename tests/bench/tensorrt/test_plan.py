from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.engines import tensorrt as engine
from bench.preparation.artifact import Artifact
from bench.preparation.inputs import InputSet
from bench.tensorrt import plan as tensorrt_plan
from bench.workers.session import Unavailable
from bench.workers.target import Target
from tests.bench.fake_cuda import FakeCuda
from tests.bench.fake_tensorrt import fake
from tests.bench.graphs import WEIGHT, write_linear, write_linear_beside

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.fake_tensorrt import Script

ON_CPU = Target(precision="fp32", device="cpu", batch_size=2, threads=1)


@pytest.fixture
def artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Artifact:
    """A linear layer as an ONNX file, and a cache of its own."""
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    write_linear(tmp_path / "linear.onnx")
    rows = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)
    axes: dict[str, int | None] = {"x": 0}
    InputSet(arrays={"x": rows}, batch_axes=axes, labels=None, sha256="", kind="random").save(
        tmp_path
    )
    file = str(tmp_path / "linear.onnx")
    return Artifact(path=file, inputs=str(tmp_path), size_bytes=1, facts={"weights": "random"})


def compiled(
    library: tuple[Any, Script],
    artifact: Artifact,
    target: Target = ON_CPU,
    device: str | None = None,
    *,
    dynamic: bool = False,
) -> Artifact:
    asked = tensorrt_plan.PlanRequest(
        artifact=artifact, target=target, device=device, dynamic=dynamic
    )
    return tensorrt_plan.compiled(library[0], asked, lambda _what, _share: None)


def test_the_artifact_becomes_a_plan_that_says_how_it_was_built(artifact: Artifact) -> None:
    made = compiled(fake("rtx 1.7.1"), artifact)
    assert made.file.name == "engine.plan"
    assert made.size_bytes == made.file.stat().st_size
    assert made.build_s is not None
    assert made.build_s > 0
    assert made.facts["weights"] == "random"
    assert made.facts["built_with"] == "TensorRT-RTX 1.7.1"
    assert made.facts["builds"].startswith("3 builds, ")
    assert made.facts["builds"].endswith(" s, all plans alike")
    assert "timing_cache" not in made.facts
    assert made.facts["graph_types"] == "fp32"
    assert made.inputs == artifact.inputs
    assert json.loads(made.file.read_bytes().partition(b"\n")[0])["shapes"] == {"x": [2, 3]}


def test_nothing_is_built_twice(artifact: Artifact) -> None:
    library = fake("11.0.0")
    first = compiled(library, artifact)
    built = library[1].built
    assert compiled(library, artifact) == first
    assert library[1].built == built


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 4},
        {"precision": "fp16"},
        {"precision": "tf32"},
    ],
)
def test_another_target_is_another_plan(artifact: Artifact, change: dict[str, Any]) -> None:
    library = fake("11.0.0")
    other = compiled(library, artifact, replace(ON_CPU, **change))
    assert other.path != compiled(library, artifact).path


def test_other_weights_beside_the_same_graph_are_another_plan(artifact: Artifact) -> None:
    paths = []
    for weight in (WEIGHT, 2 * WEIGHT):
        write_linear_beside(artifact.file, weight)
        paths.append(compiled(fake("11.0.0"), artifact).path)
    assert paths[0] != paths[1]


def test_another_library_or_device_or_driver_is_another_plan(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        compiled(fake(version), artifact).path for version in ("10.1.0", "11.0.0", "rtx 11.0.0")
    ]
    for driver in ("600.1", "600.2"):
        monkeypatch.setattr(tensorrt_plan, "gpu", lambda driver=driver: {"driver": driver})
        paths += [compiled(fake("11.0.0"), artifact, device=name).path for name in ("A", "B")]
    assert len(set(paths)) == len(paths)


def test_timings_are_kept_for_later_builds_on_the_same_device(artifact: Artifact) -> None:
    library = fake("11.0.0")
    compiled(library, artifact)
    later = compiled(library, artifact, replace(ON_CPU, batch_size=4))
    assert later.facts["timing_cache"] == "1 B before the build"
    assert library[1].began_with == [b""] * 3 + [b"+"] * 3
    assert compiled(library, artifact).facts["timing_cache"] == "empty"
    elsewhere = compiled(library, artifact, replace(ON_CPU, batch_size=4), device="Abacus")
    assert elsewhere.facts["timing_cache"] == "empty"


@pytest.mark.parametrize("dynamic", [False, True])
def test_tensorrt_rtx_builds_for_the_gpu_at_hand_and_keeps_no_timings(
    artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dynamic: bool
) -> None:
    trt, script = fake("rtx 1.7.1")
    monkeypatch.setattr("bench.tensorrt.library.module", lambda: trt)
    cuda = FakeCuda(lambda _: 0.0, capability=(7, 5))
    cuda.patch(monkeypatch)
    on_gpu = replace(ON_CPU, device="cuda:0")
    engine.built(artifact, on_gpu, lambda _what, _share: None, dynamic=dynamic)
    assert script.capabilities == ["SM75"]
    assert not list((tmp_path / "cache" / "tensorrt-timings").iterdir())


def test_plans_that_differ_and_single_builds_are_told(artifact: Artifact) -> None:
    library = fake("11.0.0")
    library[1].plans_differ = True
    assert compiled(library, artifact).facts["builds"].endswith("plans that differ")


def test_a_graph_that_is_refused_leaves_nothing_behind(artifact: Artifact) -> None:
    library = fake("11.0.0")
    library[1].build_error = "out of beads"
    with pytest.raises(RuntimeError, match="out of beads"):
        compiled(library, artifact)
    library[1].build_error = None
    assert compiled(library, artifact).file.is_file()


def test_tensorrt_without_a_device_is_a_skip_that_names_what_builds_without_one(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.tensorrt.library.module", lambda: fake("11.0.0")[0])
    with pytest.raises(Unavailable, match="dependency group tensorrt-rtx"):
        engine.build(artifact, ON_CPU, lambda _what, _share: None)


def test_tensorrt_rtx_builds_without_a_device_and_runs_nothing(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.tensorrt.library.module", lambda: fake("rtx 1.7.1")[0])
    made = engine.build(artifact, ON_CPU, lambda _what, _share: None)
    assert made.file.is_file()
    with pytest.raises(Unavailable, match="built, not run: no CUDA device"):
        engine.load(made, ON_CPU)


def test_a_device_that_torch_cannot_use_is_a_skip(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("bench.tensorrt.library.module", lambda: fake("11.0.0")[0])
    on_gpu = replace(ON_CPU, device="cuda:0")
    for load in (
        lambda: engine.build(artifact, on_gpu, print),
        lambda: engine.load(artifact, on_gpu),
    ):
        with pytest.raises(Unavailable, match="sees no CUDA device"):
            load()


def test_a_dynamic_engine_is_one_for_all_batch_sizes(artifact: Artifact) -> None:
    library = fake("11.0.0")
    first = compiled(library, artifact, dynamic=True)
    assert library[1].profiles == [{"x": [(1, 3), (64, 3), (1024, 3)]}]
    built = library[1].built
    other = compiled(library, artifact, replace(ON_CPU, batch_size=64), dynamic=True)
    assert other.path == first.path != compiled(library, artifact).path
    assert library[1].built == built + 3  # those of the last one, which is for one batch size
    assert first.facts["batch_sizes"] == "one engine for 1 to 1024, best at 64"


def test_a_batch_beyond_the_profile_is_a_skip(artifact: Artifact) -> None:
    with pytest.raises(Unavailable, match="built for batch sizes 1 to 1024, not 2048"):
        compiled(fake("11.0.0"), artifact, replace(ON_CPU, batch_size=2048), dynamic=True)
