"""The half of the fake TensorRT that runs engines: what a GPU would do, ONNX Runtime does.

Stricter than the real one where that would crash or be slow: a buffer that is gone, a default
stream and inputs that are still being copied are errors here.
"""

from __future__ import annotations

import ctypes
import json
import weakref
from enum import IntEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort

from tests.bench.fake_tensorrt_device import Misuse
from tests.bench.fake_tensorrt_inspector import Inspector

if TYPE_CHECKING:
    from tests.bench.fake_tensorrt import Script


class Mode(IntEnum):
    NONE = 0
    INPUT = 1
    OUTPUT = 2


class Logger:
    INTERNAL_ERROR, ERROR, WARNING = "internal error", "error", "warning"
    is_made = False

    def __init__(self) -> None:
        self.is_made = True

    def log(self, severity: Any, message: str) -> None: ...  # noqa: ANN401


def checked(log: Logger) -> Logger:
    if not (isinstance(log, Logger) and log.is_made):
        msg = "incompatible function arguments: ILogger.__init__ was not called"
        raise TypeError(msg)
    return log


class Runtime:
    def __init__(self, script: Script, log: Logger) -> None:
        self._script, self._log = script, checked(log)

    def deserialize_cuda_engine(self, plan: bytes) -> Any:  # noqa: ANN401 - None or one of two classes
        if b"\n" not in plan:
            self._log.log("error", "the plan is from another version")
            return None
        return (Engine10 if self._script.version.startswith("10.1.") else Engine)(
            self._script, self, plan
        )


class RtxRuntime(Runtime):
    def get_engine_validity(self, plan: bytes) -> tuple[int, int]:
        assert plan
        if self._script.invalid_because:
            self._log.log(Logger.ERROR, self._script.invalid_because)
        return (0, 0) if self._script.invalid is None else (2, self._script.invalid)


class Engine10:
    device_memory_size_v2 = 2048

    def __init__(self, script: Script, runtime: Runtime, plan: bytes) -> None:
        head, _, self.code = plan.partition(b"\n")
        self.shapes: dict[str, list[int]] = json.loads(head)["shapes"]
        self.profile: dict[str, list[list[int]]] = json.loads(head)["profile"]
        self.script = script
        self._runtime = weakref.ref(runtime)
        self.session = ort.InferenceSession(self.code, providers=["CPUExecutionProvider"])
        outputs = [each.name for each in self.session.get_outputs()]
        self._names: list[str] = [*self.shapes, *outputs]

    def check(self) -> None:
        if self._runtime() is None:
            msg = "the runtime is gone"
            raise Misuse(msg)

    def _log(self, severity: str, message: str) -> None:
        runtime = self._runtime()
        assert runtime is not None
        runtime._log.log(severity, message)

    @property
    def num_io_tensors(self) -> int:
        return len(self._names)

    def get_tensor_name(self, index: int) -> str:
        return self._names[index]

    def get_tensor_mode(self, name: str) -> Mode:
        return Mode.INPUT if name in self.shapes else Mode.OUTPUT

    def get_tensor_dtype(self, name: str) -> SimpleNamespace:
        assert name in self._names
        return SimpleNamespace(name="FLOAT")

    def is_shape_inference_io(self, name: str) -> bool:
        return name == "shape"

    def create_engine_inspector(self) -> Inspector:
        return Inspector(self)

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.shapes.get(name, ()))

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[list[int]]:
        return self.profile[name] if profile == 0 else []

    def create_execution_context(self, *config: SimpleNamespace) -> Context:
        if self.script.rtx:
            (given,) = config
            self.script.strategy = given.dynamic_shapes_kernel_specialization_strategy
            self.script.graphs = given.cuda_graph_strategy
        return Context(self, is_whole=self.script.graphs == "whole")


class Engine(Engine10):
    def get_engine_stat(self, stat: str) -> int:
        assert stat == "total"
        return 1024

    def create_runtime_config(self) -> SimpleNamespace:
        return SimpleNamespace(
            dynamic_shapes_kernel_specialization_strategy="lazy", cuda_graph_strategy="disabled"
        )


class Context:
    def __init__(self, engine: Engine10, *, is_whole: bool) -> None:
        self._engine = weakref.ref(engine)
        self._device = engine.script.device
        self._given: dict[str, tuple[int, ...]] = {}
        self._has_run_at: dict[str, tuple[int, ...]] | None = None
        self._addresses: dict[str, int] = {}
        self._is_whole = is_whole  # captured by the library at its first run
        self._captured_at: dict[str, int] = {}

    def _alive(self) -> Engine10:
        engine = self._engine()
        if engine is None:
            msg = "the engine is gone"
            raise Misuse(msg)
        engine.check()
        return engine

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        engine = self._alive()
        self._given[name] = shape
        if name not in engine.profile:
            return engine.shapes.get(name) == list(shape)
        least, _, most = engine.profile[name]
        return all(low <= size <= high for low, size, high in zip(least, shape, most, strict=True))

    def infer_shapes(self) -> list[str]:
        return [name for name in self._alive().shapes if name not in self._given]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        engine = self._alive()
        if self.infer_shapes():
            msg = "shapes are not inferred"
            raise Misuse(msg)
        batch = next(shape[0] for shape in self._given.values() if shape)
        (found,) = (each.shape for each in engine.session.get_outputs() if each.name == name)
        free = [size for size in found if not isinstance(size, int)]
        if len(free) > 1 or (free and not isinstance(found[0], str)):
            return tuple(size if isinstance(size, int) else -1 for size in found)
        return tuple(size if isinstance(size, int) else batch for size in found)

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._addresses[name] = address
        return True

    def execute_async_v3(self, stream: int) -> bool:
        engine = self._alive()
        if stream == 0:
            msg = "the default stream"
            raise Misuse(msg)
        if self._device.is_copying:
            msg = "inputs are still being copied"
            raise Misuse(msg)
        if self._device.is_capturing and self._has_run_at != self._given:
            msg = "captured before a plain run at these shapes"
            raise Misuse(msg)
        if self._is_whole and (self._captured_at or self._addresses) != self._addresses:
            msg = "other places for a graph of the library's own, which may capture anew"
            raise Misuse(msg)
        self._captured_at = dict(self._addresses)
        if self._device.is_capturing and engine.script.rtx:
            msg = "TensorRT-RTX is captured by itself alone"
            raise Misuse(msg)
        self._has_run_at = dict(self._given)
        wanted = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        if engine.script.run_error:
            engine._log("error", engine.script.run_error)
            return False
        if any(name not in self._addresses for name in wanted):
            return False
        if self._device.is_capturing:
            self._device.captured.append((self, dict(self._addresses)))
            return True
        self.compute(self._addresses)
        return True

    def compute(self, addresses: dict[str, int]) -> None:
        engine = self._alive()
        wanted = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        tensors = {name: self._device.at(addresses[name]) for name in wanted}
        names = [name for name in wanted if name not in engine.shapes]
        given = {name: tensors[name].numpy() for name in engine.shapes}
        for name, array in zip(names, engine.session.run(names, given), strict=True):
            source = np.ascontiguousarray(array)
            ctypes.memmove(tensors[name].data_ptr(), source.ctypes.data, source.nbytes)
