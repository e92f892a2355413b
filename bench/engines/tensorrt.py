"""TensorRT on an NVIDIA GPU; TensorRT-RTX, which also builds its engines without one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bench.tensorrt import library as tensorrt_library
from bench.workers.session import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.preparation.artifact import Artifact
    from bench.workers.session import Session
    from bench.workers.target import Target

KINDS = frozenset({"family", "onnx", "exported", "factory"})
FORM = "onnx"
LIBRARY = tensorrt_library.name()
# Whose ranges bench.tensorrt.symmetric makes symmetric, and for fp8 counts anew in float8.
QUANTISERS = {"int8": "nncf_static", "fp8": "nncf_static"}
OFFERED = frozenset({"fp32", "tf32", "fp16", "bf16", "int8", "fp8"})
PRECISIONS = {"cpu": OFFERED, "cuda": OFFERED}
ONLY_BUILT = {"cpu": "built, not run: no CUDA device"}


def preload() -> None:
    """Import the library and torch, whose tensors are its buffers; neither opens a device yet."""
    import torch  # noqa: F401

    with suppress(Unavailable):  # each case is a skip with the reason: this would end them all
        tensorrt_library.module()


def build(artifact: Artifact, target: Target, report: Callable[[str, float], None]) -> Artifact:
    """The engine of this graph at this batch size, compiled here or earlier."""
    return built(artifact, target, report, dynamic=False)


def built(
    artifact: Artifact, target: Target, report: Callable[[str, float], None], *, dynamic: bool
) -> Artifact:
    """The plan of an engine, for one batch size or for all of a profile.

    Raises:
        Unavailable: the library cannot be imported, or builds on a GPU alone and there is none.
    """
    from bench.tensorrt import plan as tensorrt_plan
    from bench.tensorrt.device import TorchDevice

    trt = tensorrt_library.module()
    title = capability = None
    if target.device != "cpu":
        device = TorchDevice(target.device, target.precision)
        title, capability = device.title, device.capability
    elif not tensorrt_library.builds_without_device(trt):
        msg = (
            "TensorRT builds on the GPU that it builds for, and there is no CUDA device; install "
            "the dependency group tensorrt-rtx in its place, which builds without one"
        )
        raise Unavailable(msg)
    asked = tensorrt_plan.PlanRequest(
        artifact=artifact, target=target, device=title, capability=capability, dynamic=dynamic
    )
    return tensorrt_plan.compiled(trt, asked, report)


def load(artifact: Artifact, target: Target) -> Session:
    """Load the plan that `build` made on this machine."""
    return loaded(artifact, target, graph=False)


def loaded(artifact: Artifact, target: Target, *, graph: bool) -> Session:
    """Load a plan, to be launched kernel by kernel or as one CUDA graph."""
    if reason := ONLY_BUILT.get(target.device):
        raise Unavailable(reason)
    from bench.tensorrt import session as tensorrt_session
    from bench.tensorrt.device import TorchDevice

    trt = tensorrt_library.module()
    device = TorchDevice(target.device, target.precision)
    return tensorrt_session.load(trt, artifact.file, target, device, graph=graph)
