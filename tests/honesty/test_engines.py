"""Traps of engines that do something else than they were asked for, and say nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bench.engines import onnxruntime as onnxruntime_engine
from bench.engines import openvino as openvino_engine
from bench.preparation.artifact import Artifact
from bench.preparation.inputs import InputSet
from bench.runtimes import ort_cuda
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target

if TYPE_CHECKING:
    import openvino

ROOT = Path(__file__).parents[2]
CUDA = "CUDAExecutionProvider"


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """One convolution as an ONNX file, with random images."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    from onnx import TensorProto, helper

    random = np.random.default_rng(0)
    weight = onnx.numpy_helper.from_array(random.normal(size=(16, 4, 3, 3)).astype("f"), "weight")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight"], ["scores"])],
        "one convolution",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 4, 16, 16])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 16, 14, 14])],
        [weight],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "conv.onnx")
    images = random.normal(size=(8, 4, 16, 16)).astype("f")
    InputSet(
        arrays={"image": images}, batch_axes={"image": 0}, labels=None, sha256="", kind="random"
    ).save(tmp_path)
    return Artifact(path=str(tmp_path / "conv.onnx"), inputs=str(tmp_path), facts={})


def on(device: str, precision: str = "fp32") -> Target:
    return Target(precision=precision, device=device, batch_size=2, threads=1)


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_onnxruntime_without_cuda_runs_on_the_cpu_and_ours_is_a_skip(artifact: Artifact) -> None:
    """Trap: the provider silently falls back to the CPU."""
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    if CUDA in ort.get_available_providers():
        pytest.skip("this build has CUDA: there is nothing to fall back from")
    naive = ort.InferenceSession(artifact.path, providers=[CUDA])
    assert naive.get_providers() == ["CPUExecutionProvider"]  # and it would be timed as CUDA
    with pytest.raises(Unavailable, match=f"this build of onnxruntime has no {CUDA}"):
        onnxruntime_engine.load(artifact, on("cuda:0"))


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_build_with_cuda_that_cannot_use_it_is_an_error(
    artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same trap where the driver or its libraries are what is missing."""
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    if CUDA in ort.get_available_providers():
        pytest.skip("this build has CUDA: it may not fall back")
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"])
    monkeypatch.setattr(ort_cuda, "open_device", lambda *_: None)  # torch's own build has CUDA
    monkeypatch.setattr(torch.cuda, "Stream", lambda _: SimpleNamespace(cuda_stream=0))
    # The runtime itself refuses, because it was told so.
    words = r"fallback to CPU EP has been explicitly disabled .* CUDA libraries could not be loaded"
    with pytest.raises(EngineError, match=words):
        onnxruntime_engine.load(artifact, on("cuda:0"))


def executed(compiled: openvino.CompiledModel) -> set[str]:
    """The types in which convolutions really run, from the execution graph."""
    layers = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    return {
        info["runtimePrecision"].astype(str)
        for info in layers
        if info["layerType"].astype(str) == "Convolution"
    }


@pytest.fixture
def core() -> Any:  # noqa: ANN401 - the library is untyped
    ov = pytest.importorskip("openvino", reason="openvino is not installed")
    made = ov.Core()
    if "BF16" not in made.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this CPU has no bf16 for OpenVINO to hide behind fp32")
    return made


def test_openvino_runs_an_fp32_model_in_bf16_unless_told_otherwise(
    artifact: Artifact,
    core: Any,  # noqa: ANN401 - the library is untyped
) -> None:
    """Trap: "fp32" that is bf16, by default, on CPUs that have it."""
    naive = core.compile_model(artifact.path, "CPU")
    assert executed(naive) == {"bf16"}
    ours = openvino_engine.load(artifact, on("cpu"))
    assert ours.facts["precision"] == "f32"
    assert openvino_engine.load(artifact, on("cpu", "bf16")).facts["precision"] == "bf16"


def test_hidden_bf16_shows_in_the_outputs(
    artifact: Artifact,
    core: Any,  # noqa: ANN401 - the library is untyped
) -> None:
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    batch = InputSet.load(Path(artifact.inputs)).batch(0, 2)
    ieee = ort.InferenceSession(artifact.path, providers=["CPUExecutionProvider"])
    (exact,) = ieee.run(None, batch)
    naive = core.compile_model(artifact.path, "CPU")(batch)[0]
    (ours,) = openvino_engine.load(artifact, on("cpu")).outputs(batch)
    assert np.abs(naive - exact).max() > 1e-3
    assert np.abs(ours - exact).max() < 1e-4


def test_what_openvino_really_ran_is_read_back(
    artifact: Artifact,
    core: Any,  # noqa: ANN401 - the library is untyped
) -> None:
    """The same trap, should a later version no longer heed the hint."""
    compiled = core.compile_model(artifact.path, "CPU")
    with pytest.raises(EngineError, match=r"asked for fp32, OpenVINO runs with hint .*bf"):
        openvino_engine._facts(compiled, on("cpu"))


TF32 = """
import torch
from bench.device.tf32 import told
from bench.runtimes.torch_session import load_module
from bench.workers.target import Target

print(told())
import bench.runtimes.torch_session
bench.runtimes.torch_session.build_module = lambda artifact: torch.nn.Identity()
load_module(None, Target(precision="fp32", device="cpu", batch_size=1, threads=1))
print(told())
"""


def test_cudnn_convolutions_are_tf32_by_default_and_ieee_with_us() -> None:
    """Trap: TF32 in convolutions but not in matrix products; a setting, seen without a GPU."""
    command = [sys.executable, "-c", TF32]  # of the whole process, so in one that ends with it
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "matrix products ieee, convolutions tf32",
        "matrix products ieee, convolutions ieee",
    ]
