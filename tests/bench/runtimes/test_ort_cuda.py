"""ONNX Runtime's GPU providers, on a device that is none: see tests.bench.fake_ort."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from bench.engines import onnxruntime, onnxruntime_cuda_graph, onnxruntime_tensorrt
from bench.preparation.artifact import Artifact
from bench.runtimes import ort_cuda, ort_linked
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from tests.bench import graphs
from tests.bench.fake_cuda import FakeCuda, Misuse
from tests.bench.fake_ort import CPU, CUDA, PLAIN_RUNS, TENSORRT, FakeRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TARGET = Target(precision="fp32", device="cuda:0", batch_size=2, threads=1)
ENGINES = [onnxruntime, onnxruntime_cuda_graph, onnxruntime_tensorrt]
# Stands for TensorRT's wheel, whose import loads its libraries: it keeps what they would read then.
WHEEL = "tensorrt.py"
LOADED = 'import os\n\n__version__ = "10.13.0"\noverride = os.environ["NVIDIA_TF32_OVERRIDE"]\n'
MISSING = 'raise ImportError("libnvinfer.so.10: cannot open shared object file")\n'


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeRuntime]:
    cuda = FakeCuda(lambda _: 0.25, capability=(9, 0))
    cuda.patch(monkeypatch)
    made = FakeRuntime(cuda)
    monkeypatch.setitem(sys.modules, "onnxruntime", made)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "as it was")
    (tmp_path / WHEEL).write_text(LOADED)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    yield made
    sys.modules.pop("tensorrt", None)


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    file = tmp_path / "linear.onnx"
    graphs.write_linear(file)
    return Artifact(path=str(file), inputs="", facts={"model_sha256": "e3b0c442"})


def batch(value: float) -> dict[str, NDArray[np.float32]]:
    return {"x": np.full((2, 3), value, np.float32)}


def wanted(value: float) -> NDArray[np.float32]:
    made: NDArray[np.float32] = batch(value)["x"] @ graphs.WEIGHT + graphs.BIAS
    return made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.usefixtures("runtime")
def test_bound_batches_take_turns_and_each_gives_its_own_outputs(
    engine: object, artifact: Artifact
) -> None:
    session = engine.load(artifact, TARGET)  # type: ignore[attr-defined]
    first, second = session.bind(batch(1)), session.bind(batch(2))
    for call in (first, second, first):
        call()
    session.synchronize()
    for value in (3.0, 1.0):
        (found,) = session.outputs(batch(value))
        assert np.allclose(found, wanted(value))


@pytest.mark.parametrize("engine", [onnxruntime, onnxruntime_tensorrt])
def test_a_call_returns_before_the_device_is_done(
    engine: object, runtime: FakeRuntime, artifact: Artifact
) -> None:
    session = engine.load(artifact, TARGET)  # type: ignore[attr-defined]
    call = session.bind(batch(1))
    waits = runtime.cuda.waits
    call()
    call()
    assert session.asynchronous
    assert runtime.cuda.waits == waits
    assert session.stopwatch._stream.cuda_stream != 0


@pytest.mark.parametrize(
    ("engine", "precision", "first", "own"),
    [
        (onnxruntime, "fp32", CUDA, {"use_tf32": "0"}),
        (onnxruntime, "tf32", CUDA, {"use_tf32": "1"}),
        (onnxruntime_cuda_graph, "fp32", CUDA, {"use_tf32": "0", "enable_cuda_graph": "True"}),
        (onnxruntime_tensorrt, "fp32", TENSORRT, {"trt_fp16_enable": "False"}),
        (onnxruntime_tensorrt, "fp16", TENSORRT, {"trt_fp16_enable": "True"}),
    ],
)
def test_the_precision_is_told_to_the_provider(  # noqa: PLR0917 - one load a row
    runtime: FakeRuntime,
    artifact: Artifact,
    engine: object,
    precision: str,
    first: str,
    own: dict[str, str],
) -> None:
    session = engine.load(artifact, replace(TARGET, precision=precision))  # type: ignore[attr-defined]
    given = runtime.sessions[-1].get_provider_options()[first]
    assert own.items() <= given.items()
    assert given["device_id"] == "0"
    assert session.facts["provider"] == first
    assert session.facts["tf32"] == ("allowed" if precision == "tf32" else "off")


@pytest.mark.parametrize(("precision", "override"), [("fp32", "0"), ("tf32", "1"), ("fp16", "0")])
@pytest.mark.usefixtures("runtime")
def test_tensorrts_provider_has_tf32_off_by_the_environment(
    artifact: Artifact, precision: str, override: str
) -> None:
    onnxruntime_tensorrt.load(artifact, replace(TARGET, precision=precision))
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == override
    assert sys.modules["tensorrt"].override == override


def test_each_model_precision_and_batch_size_has_engines_of_its_own_and_timings_are_shared(
    runtime: FakeRuntime, artifact: Artifact
) -> None:
    retrained = replace(artifact, facts={"model_sha256": "5f0d8a11"})
    for made, target in (
        (artifact, TARGET),
        (retrained, TARGET),
        (artifact, replace(TARGET, precision="tf32")),
        (artifact, replace(TARGET, batch_size=4)),
    ):
        onnxruntime_tensorrt.load(made, target)
    given = [session.get_provider_options()[TENSORRT] for session in runtime.sessions]
    engines = [Path(one["trt_engine_cache_path"]) for one in given]
    assert len(set(engines)) == len(engines)
    assert all(folder.is_dir() for folder in engines)
    assert {one["trt_timing_cache_path"] for one in given} == {str(engines[0].parent)}


@pytest.mark.usefixtures("runtime")
def test_no_node_may_run_on_the_cpu(runtime: FakeRuntime, artifact: Artifact) -> None:
    onnxruntime.load(artifact, TARGET)
    assert runtime.config["session.disable_cpu_ep_fallback"] == "1"


def test_a_provider_that_fell_back_is_an_error(runtime: FakeRuntime, artifact: Artifact) -> None:
    runtime.falls_back = True
    with pytest.raises(EngineError, match=f"fell back from {CUDA} to {CPU}"):
        onnxruntime.load(artifact, TARGET)


@pytest.mark.parametrize(
    ("engine", "has", "lacks"),
    [(onnxruntime, [CPU], CUDA), (onnxruntime_tensorrt, [CUDA, CPU], TENSORRT)],
)
def test_a_provider_that_this_build_lacks_is_a_skip(
    runtime: FakeRuntime, artifact: Artifact, engine: object, has: list[str], lacks: str
) -> None:
    runtime.providers = has
    with pytest.raises(Unavailable, match=f"has no {lacks}; install the dependency group gpu"):
        engine.load(artifact, TARGET)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("runtime")
def test_without_torchs_device_there_are_no_buffers(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="torch sees no CUDA device"):
        onnxruntime.load(artifact, TARGET)


def test_a_gpu_without_tf32_is_a_skip(artifact: Artifact, runtime: FakeRuntime) -> None:
    runtime.cuda.capability = (7, 5)
    with pytest.raises(Unavailable, match="tf32 needs compute capability"):
        onnxruntime.load(artifact, replace(TARGET, precision="tf32"))


def test_the_fake_refuses_a_graph_of_buffers_that_moved(
    runtime: FakeRuntime, artifact: Artifact
) -> None:
    session = onnxruntime_cuda_graph.load(artifact, TARGET)
    session.bind(batch(1))()
    other = onnxruntime_cuda_graph.load(artifact, TARGET)
    moved = other._binding(batch(2), other._on_device(batch(2)))  # type: ignore[attr-defined]
    with pytest.raises(Misuse, match="captured of other buffers"):
        runtime.sessions[0].run_with_iobinding(moved.binding, other._run_options)  # type: ignore[attr-defined]


def test_without_tensorrts_libraries_its_provider_is_a_skip(
    runtime: FakeRuntime, artifact: Artifact, tmp_path: Path
) -> None:
    """The build lists the provider all the same."""
    (tmp_path / WHEEL).write_text(MISSING)
    assert TENSORRT in runtime.get_available_providers()
    words = r"imported; install the dependency group tensorrt anew \(libnvinfer.so.10: cannot"
    with pytest.raises(Unavailable, match=words):
        onnxruntime_tensorrt.load(artifact, TARGET)


@pytest.mark.parametrize(
    ("linked", "version"), [(None, "that this build of onnxruntime is linked to"), ("10", "10")]
)
def test_tensorrts_libraries_that_do_not_fit_are_a_skip(
    runtime: FakeRuntime,
    artifact: Artifact,
    monkeypatch: pytest.MonkeyPatch,
    linked: str | None,
    version: str,
) -> None:
    runtime.fits_tensorrt = False
    monkeypatch.setattr(ort_linked, "tensorrt_major", lambda: linked)
    words = f"cannot load TensorRT's libraries; install .* tensorrt, in the version {version}$"
    with pytest.raises(Unavailable, match=words):
        onnxruntime_tensorrt.load(artifact, TARGET)


def test_a_tensorrt_of_another_version_than_the_provider_is_linked_to_is_a_skip(
    runtime: FakeRuntime, artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort_linked, "tensorrt_major", lambda: "11")
    words = r"to TensorRT 11, and 10\.13\.0 is installed; pip install 'tensorrt==11\.\*'"
    with pytest.raises(Unavailable, match=words):
        onnxruntime_tensorrt.load(artifact, TARGET)
    assert runtime.sessions == []


@pytest.mark.parametrize("engine", [onnxruntime, onnxruntime_cuda_graph])
def test_of_a_provider_that_was_left_out_both_reasons_are_named(
    runtime: FakeRuntime, artifact: Artifact, engine: object
) -> None:
    runtime.has_cuda_libraries = False
    words = r"explicitly disabled by the user\. \(or the provider's CUDA libraries could not be"
    with pytest.raises(EngineError, match=words):
        engine.load(artifact, TARGET)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("runtime")
def test_what_else_the_runtime_says_is_left_as_it_is(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ort_cuda, "cuda_options", lambda *_, **_named: {"use_abacus": "1"})
    with pytest.raises(RuntimeError, match=r"^Unknown provider option: 'use_abacus'$"):
        onnxruntime.load(artifact, TARGET)


def test_a_replay_of_the_runtimes_graph_waits_and_says_so(
    runtime: FakeRuntime, artifact: Artifact
) -> None:
    session = onnxruntime_cuda_graph.load(artifact, TARGET)
    call = session.bind(batch(1))
    waits = runtime.cuda.waits
    call()
    call()
    assert runtime.cuda.waits == waits + 2
    assert not session.asynchronous
    said = session.facts["cuda_graph"]
    assert said.startswith("the runtime's own, which waits after each replay: the wait is timed; ")


def test_a_graph_is_captured_once_within_the_runtimes_first_run(
    runtime: FakeRuntime, artifact: Artifact
) -> None:
    session = onnxruntime_cuda_graph.load(artifact, TARGET)
    (made,) = runtime.sessions
    calls = [session.bind(batch(value)) for value in (1, 2)]
    assert (made.replays, runtime.cuda.works) == (1, PLAIN_RUNS + 1)
    for call in calls:
        call()
    assert (made.replays, runtime.cuda.works) == (3, PLAIN_RUNS + 3)
