"""TensorRT's builder: from a typed ONNX graph to the plan of an engine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.tensorrt import library as tensorrt_library
from bench.workers.session import EngineError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Shape = tuple[int, ...]

# What TensorRT may use while layers run. Unset, it is all that the device at hand has free, and the
# kernels that are chosen depend on who else is using it.
WORKSPACE_BYTES = 1 << 30
OLDEST = (8, 0)  # compute capability: TensorRT-RTX builds for this and later ones unless it is told
# Part of what TensorRT-RTX says of an operator or a type that an older GPU has no arithmetic for.
NO_KERNEL = "Cannot compile"
MOST_BUILDS = 3  # of one case: builds are not reproducible, and their spread is reported
REPEAT_WITHIN_S = 60.0  # a build that takes longer is not repeated: three would cost minutes a case


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an engine is built for."""

    file: Path  # a typed ONNX graph
    shapes: Mapping[str, Shape]  # of its inputs, batch axis included; kernels are chosen for them
    tf32: bool  # whether float32 may be multiplied as TF32
    # Of each input, the least and the greatest shape that it must run at; None: only `shapes`.
    limits: Mapping[str, tuple[Shape, Shape]] | None = None
    capability: tuple[int, int] | None = None  # of the GPU at hand, such as (7, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A plan, and how it was built."""

    plan: bytes
    durations_s: tuple[float, ...]  # of each build, parsing included
    identical: bool  # whether all builds gave the same bytes
    timings: bytes  # the timing cache that the last one left; empty where there is none


def build(trt: Any, wanted: Wanted, timings: bytes) -> Built:  # noqa: ANN401 - untyped
    """Build up to three times, as far as that is cheap; the plan is the last one's.

    Args:
        trt: the library.
        wanted: what to build.
        timings: the timing cache of earlier builds, with which each of these begins.

    Raises:
        Unavailable: the GPU has no arithmetic for the precision, such as fp32 products on Turing.
        EngineError: the library does not start, or refuses the graph; the text has its own reason.
    """
    durations_s: list[float] = []
    plans: set[bytes] = set()
    while len(durations_s) < MOST_BUILDS and sum(durations_s) < REPEAT_WITHIN_S:
        started_s = time.perf_counter()
        plan, left = build_once(trt, wanted, timings)
        durations_s.append(time.perf_counter() - started_s)
        plans.add(plan)
    return Built(plan=plan, durations_s=tuple(durations_s), identical=len(plans) == 1, timings=left)


def build_once(trt: Any, wanted: Wanted, timings: bytes) -> tuple[bytes, bytes]:  # noqa: ANN401
    """The plan, and the timing cache that is left; errors as `build`."""
    log = tensorrt_library.log(trt)
    builder = tensorrt_library.made(trt, "Builder")
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(str(wanted.file)):
        reasons = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        log.taken()  # the same at more length
        msg = f"{tensorrt_library.title(trt)} cannot parse the graph: {'; '.join(reasons)}"
        raise EngineError(msg)
    config = builder.create_builder_config()
    if wanted.limits is None:
        _fix_shapes(network, wanted.shapes)
    else:
        _add_profile(builder, config, wanted)
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED  # for the inspector; costs no time
    if wanted.tf32:
        config.set_flag(trt.BuilderFlag.TF32)
    else:
        config.clear_flag(trt.BuilderFlag.TF32)  # it is on by default
    is_aimed = _aim(trt, config, wanted.capability)
    timing_cache = _attach(trt, config, timings)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        why = log.taken()
        msg = f"{tensorrt_library.title(trt)} cannot build the engine: {why}"
        raise Unavailable(msg) if is_aimed and NO_KERNEL in why else EngineError(msg)
    return bytes(plan), _serialised(timing_cache)


def _fix_shapes(network: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:  # noqa: ANN401
    """One engine for one batch size: no profile, nothing left to choose when it runs."""
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        tensor.shape = shapes[tensor.name]


def _add_profile(builder: Any, config: Any, wanted: Wanted) -> None:  # noqa: ANN401 - untyped
    """One profile, from the least to the greatest shapes; the network's own stay open."""
    profile = builder.create_optimization_profile()
    for name, (least, most) in (wanted.limits or {}).items():
        profile.set_shape(name, least, wanted.shapes[name], most)
    if config.add_optimization_profile(profile) < 0:
        msg = f"the library refuses the profile {dict(wanted.limits or {})}"
        raise EngineError(msg)


def _attach(trt: Any, config: Any, timings: bytes) -> Any:  # noqa: ANN401 - the library is untyped
    """Begin with the timings of earlier builds; those of another device it refuses.

    Of bytes that it cannot read, such as those of another version, it makes no cache at all.
    TensorRT-RTX, which times nothing where it builds, is given none, as its documents ask.
    """
    if tensorrt_library.builds_without_device(trt):
        return None
    timing_cache = config.create_timing_cache(timings)
    if timing_cache is None or not config.set_timing_cache(timing_cache, ignore_mismatch=False):
        timing_cache = config.create_timing_cache(b"")
        config.set_timing_cache(timing_cache, ignore_mismatch=False)
    return timing_cache


def _serialised(timing_cache: Any) -> bytes:  # noqa: ANN401 - the library is untyped
    memory = None if timing_cache is None else timing_cache.serialize()
    return b"" if memory is None else bytes(memory)


def _aim(trt: Any, config: Any, capability: tuple[int, int] | None) -> bool:  # noqa: ANN401
    """Whether TensorRT-RTX is to build for a GPU older than all that it builds for by itself."""
    if capability is None or capability >= OLDEST or not hasattr(trt, "ComputeCapability"):
        return False
    name = "SM{}{}".format(*capability)
    target = trt.ComputeCapability.__members__.get(name)
    if target is None:  # where the plan is loaded it will be called invalid, with the reason
        return False
    config.num_compute_capabilities = 1
    if not config.set_compute_capability(target, 0):
        msg = f"{tensorrt_library.title(trt)} does not build for {name}"
        raise EngineError(msg)
    return True
