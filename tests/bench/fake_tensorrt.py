"""TensorRT without a GPU: what each version has, lacks and refuses while engines are built."""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import onnx

from tests.bench.fake_tensorrt_device import FakeDevice, Misuse
from tests.bench.fake_tensorrt_run import Logger, Mode, RtxRuntime, Runtime, checked

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = ("10.1.0", "10.14.0", "11.0.0", "rtx 1.7.1")
CAPABILITIES = {"CURRENT": 1, **{f"SM{each}": each for each in (75, 80, 86, 89, 120, 121)}}
DIAGNOSTICS = (  # of TensorRT-RTX, each a bit
    "VERSION_MISMATCH",
    "UNSUPPORTED_CC",
    "OLD_CUDA_DRIVER",
    "OLD_CUDA_RUNTIME",
    "INSUFFICIENT_GPU_MEMORY",
    "MALFORMED_ENGINE",
    "CUDA_ERROR",
)
FLAGS_OF_10 = ("FP16", "BF16", "INT8", "FP8")  # gone in 11, as is all but strong typing


class Script:
    """How one fake behaves; changed by tests, and what they look at afterwards."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.rtx = version.startswith("rtx")
        self.device = FakeDevice()
        self.build_error: str | None = None
        self.while_building: Callable[[], None] = lambda: None
        self.plans_differ = False
        self.cannot_start: str | None = None  # what is logged where no builder or runtime is made
        self.invalid: int | None = None  # bits of EngineInvalidityDiagnostics; of a valid plan None
        self.invalid_because: str | None = None  # what is logged of it
        self.run_error: str | None = None  # what the library logs where it enqueues nothing
        self.layer_type = "Float"
        self.flags: set[str] = set()
        self.capabilities: list[str] = []  # built for; empty: those of the library's choice
        self.refuses_capability = False
        self.built = 0
        self.began_with: list[bytes] = []
        self.strategy: object = None
        self.graphs: object = None  # what TensorRT-RTX was told of them
        self.profiles: list[dict[str, Any]] = []


def fake(version: str) -> tuple[Any, Script]:
    """A module like `tensorrt` of this version, and what it is told."""
    script = Script(version)
    old = version.startswith("10")
    flags = ["TF32", *(FLAGS_OF_10 if old else ())]
    names: dict[str, object] = {
        "__version__": version.removeprefix("rtx "),
        "ILogger": Logger,
        "NetworkDefinitionCreationFlag": IntEnum(
            "NetworkDefinitionCreationFlag",
            {"STRONGLY_TYPED": 1, **({"EXPLICIT_BATCH": 0} if old else {})},
        ),
        "BuilderFlag": IntEnum("BuilderFlag", flags),
        "MemoryPoolType": SimpleNamespace(WORKSPACE="workspace"),
        "ProfilingVerbosity": SimpleNamespace(DETAILED="detailed"),
        "LayerInformationFormat": SimpleNamespace(JSON="json"),
        "TensorIOMode": Mode,
        "Builder": lambda log: _started(script, log) and Builder(script, log),
        "OnnxParser": Parser,
        "Runtime": lambda log: (
            _started(script, log) and (RtxRuntime if script.rtx else Runtime)(script, log)
        ),
    }
    if not version.startswith("10.1."):  # since 10.14
        names["EngineStat"] = SimpleNamespace(TOTAL_WEIGHTS_SIZE="total")
    if script.rtx:
        names |= _only_rtx()
    module = ModuleType("tensorrt")
    vars(module).update(names)
    return module, script


def _started(script: Script, log: Logger) -> bool:
    """The libraries' factories give nothing where CUDA cannot start, which pybind11 says so."""
    if script.cannot_start:
        log.log(Logger.ERROR, script.cannot_start)
        msg = "pybind11::init(): factory function returned nullptr"
        raise TypeError(msg)
    return True


def _only_rtx() -> dict[str, object]:
    return {
        "IRuntimeCache": object,
        "EngineValidity": IntEnum("EngineValidity", ["VALID", "SUBOPTIMAL", "INVALID"], start=0),
        "EngineInvalidityDiagnostics": IntEnum(
            "EngineInvalidityDiagnostics", {name: 1 << bit for bit, name in enumerate(DIAGNOSTICS)}
        ),
        "DynamicShapesKernelSpecializationStrategy": SimpleNamespace(EAGER="eager"),
        "ComputeCapability": IntEnum("ComputeCapability", CAPABILITIES),
        "CudaGraphStrategy": SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole"),
    }


class Builder:
    def __init__(self, script: Script, log: Logger) -> None:
        self._script, self._log = script, checked(log)

    def create_network(self, flags: int) -> Network:
        if not flags & 1 << 1:
            msg = "not strongly typed: precision would be the builder's choice"
            raise Misuse(msg)
        return Network()

    def create_optimization_profile(self) -> Profile:
        return Profile()

    def create_builder_config(self) -> Config:
        return Config(self._script)

    def build_serialized_network(self, network: Network, config: Config) -> memoryview | None:
        script = self._script
        script.built += 1
        script.profiles = [profile.shapes for profile in config.profiles]
        script.while_building()
        script.flags = set(config.flags)
        script.capabilities = config.capabilities
        config.cache.content += b"+"
        is_open = any(-1 in each.shape for each in network.inputs)
        if script.build_error or is_open != bool(config.profiles):
            self._log.log("warning", "it is warm")
            self._log.log("error", script.build_error or "a profile is missing")
            return None
        shapes = {each.name: list(each.shape) for each in network.inputs}
        profile = config.profiles[0].shapes if config.profiles else {}
        head = {
            "shapes": shapes,
            "profile": profile,
            "salt": script.built if script.plans_differ else 0,
        }
        return memoryview(json.dumps(head).encode() + b"\n" + network.code)


class Profile:
    def __init__(self) -> None:
        self.shapes: dict[str, list[tuple[int, ...]]] = {}

    def set_shape(
        self, name: str, least: tuple[int, ...], best: tuple[int, ...], most: tuple[int, ...]
    ) -> None:
        self.shapes[name] = [least, best, most]


class Network:
    def __init__(self) -> None:
        self.code = b""
        self.inputs: list[SimpleNamespace] = []

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    def get_input(self, index: int) -> SimpleNamespace:
        return self.inputs[index]


class Parser:
    def __init__(self, network: Network, log: Logger) -> None:
        self._network, self._log = network, checked(log)
        self._errors: list[str] = []

    def parse_from_file(self, path: object) -> bool:
        if not isinstance(path, str):
            msg = "incompatible function arguments: a path must be text"
            raise TypeError(msg)
        self._network.code = Path(path).read_bytes()
        graph = onnx.load_from_string(self._network.code).graph
        if any(node.op_type == "Loop" for node in graph.node):
            self._errors.append("No importer registered for op: Loop")
            self._log.log("error", "at more length: No importer registered for op: Loop")
            return False
        for each in graph.input:
            dims = [dim.dim_value or -1 for dim in each.type.tensor_type.shape.dim]
            self._network.inputs.append(SimpleNamespace(name=each.name, shape=tuple(dims)))
        return True

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(desc=lambda: self._errors[index])


class Config:
    def __init__(self, script: Script) -> None:
        self._script = script
        self.flags = {"TF32"}
        self.profiling_verbosity = "names"
        self.cache = TimingCache(b"")
        self.profiles: list[Profile] = []
        self.num_compute_capabilities = 0
        self.capabilities: list[str] = []

    def set_compute_capability(self, capability: IntEnum, index: int) -> bool:
        if not self._script.rtx or index != len(self.capabilities) < self.num_compute_capabilities:
            msg = "no place for it"
            raise Misuse(msg)
        self.capabilities.append(capability.name)
        return not self._script.refuses_capability

    def add_optimization_profile(self, profile: Profile) -> int:
        """-1 of one whose shapes are in no order, as the real one says."""
        ordered = all(
            low <= mid <= high
            for three in profile.shapes.values()
            for low, mid, high in zip(*three, strict=True)
        )
        if not (profile.shapes and ordered):
            return -1
        self.profiles.append(profile)
        return len(self.profiles) - 1

    def set_memory_pool_limit(self, pool: str, limit_bytes: int) -> None:
        assert pool == "workspace"
        assert limit_bytes > 0

    def set_flag(self, flag: IntEnum) -> None:
        self.flags.add(flag.name)

    def clear_flag(self, flag: IntEnum) -> None:
        self.flags.discard(flag.name)

    def create_timing_cache(self, content: bytes) -> TimingCache | None:
        if self._script.rtx:
            msg = "NVIDIA's documents say to leave it out"
            raise Misuse(msg)
        if content.startswith(b"unreadable"):
            return None
        return TimingCache(content)

    def set_timing_cache(self, timing_cache: TimingCache | None, ignore_mismatch: bool) -> bool:  # noqa: FBT001
        assert not ignore_mismatch
        if timing_cache is None:
            msg = "incompatible function arguments: a cache must be one"
            raise TypeError(msg)
        if timing_cache.content.startswith(b"another device"):
            return False
        self._script.began_with.append(timing_cache.content)
        self.cache = timing_cache
        return True


class TimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> memoryview | None:
        return memoryview(self.content) if self.content else None
