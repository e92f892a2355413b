"""A Session over a TensorRT engine: tensors of torch as its buffers, one stream, no copies."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bench.tensorrt import library as tensorrt_library
from bench.tensorrt import validity as tensorrt_validity
from bench.workers.session import EngineError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from bench.device.stopwatch import Stopwatch
    from bench.workers.session import Batch, Call
    from bench.workers.target import Target

# How the inspector names types: by words in TensorRT 8 to 10, by the type's name since.
TYPES = {
    "fp32": r"FP32|\bFloat\b",
    "fp16": r"FP16|\bHalf\b",
    "bf16": r"BF16|\bBFloat16\b",
    "int8": r"\bINT8\b|\bInt8\b",
    "fp8": r"\bFP8\b|\bFloat8\b",
}
ALONE = frozenset(
    {"fp32", "tf32"}
)  # in these every layer is float32; others leave some as they are


class Device(Protocol):
    """What a session needs of bench.tensorrt.device.TorchDevice."""

    name: str
    title: str

    @property
    def stopwatch(self) -> Stopwatch | None:
        """Marks on the stream."""
        ...

    @property
    def handle(self) -> int:
        """The stream, as TensorRT takes it."""
        ...

    def put(self, array: NDArray[Any]) -> Tensor:
        """A copy on the device."""
        ...

    def empty(self, shape: tuple[int, ...], dtype: str) -> Tensor:
        """Room for an output; its type by TensorRT's name."""
        ...

    def join(self) -> None:
        """Have the stream wait for what was copied before."""
        ...

    def synchronize(self) -> None:
        """Wait for everything on the stream."""
        ...

    def copy(self, into: Tensor, of: Tensor) -> None:
        """Have the stream copy a tensor of the device into another."""
        ...

    def capture(self, launch: Callable[[], object]) -> Callable[[], object]:
        """What the call launches, as a graph: a call that replays it on the stream."""
        ...


def load(
    trt: Any,  # noqa: ANN401 - the library is untyped
    plan: Path,
    target: Target,
    device: Device,
    *,
    graph: bool = False,
) -> TensorRtSession:
    """Make a plan of this machine callable.

    A plan is executable code: it comes from this machine's own cache and from nowhere else.

    Args:
        trt: the library.
        plan: the file.
        target: precision and device.
        device: the same, opened.
        graph: whether kernels are launched together, as a CUDA graph.

    Raises:
        Unavailable: this device cannot run what was built.
        EngineError: the library does not start or refuses the plan, or its layers have other types
            than asked for.
    """
    log = tensorrt_library.log(trt)
    runtime = tensorrt_library.made(trt, "Runtime")
    code = plan.read_bytes()
    tensorrt_validity.check(trt, runtime, code, device.title)
    engine = runtime.deserialize_cuda_engine(code)
    if engine is None:
        msg = f"{tensorrt_library.title(trt)} cannot load the plan: {log.taken()}"
        raise EngineError(msg)
    context = _context(trt, engine, graph=graph)
    if context is None:
        msg = f"{tensorrt_library.title(trt)} cannot make an execution context: {log.taken()}"
        raise EngineError(msg)
    own = Loaded(trt=trt, log=log, runtime=runtime, engine=engine, context=context, device=device)
    return _session(own, _facts(own, target), graph=graph)


def _session(own: Loaded, facts: dict[str, str], *, graph: bool) -> TensorRtSession:
    if not graph:
        return TensorRtSession(own, facts)
    from bench.tensorrt.cuda_graph import GraphSession

    return GraphSession(own, facts, by_itself=captures_itself(own.trt))


def captures_itself(trt: Any) -> bool:  # noqa: ANN401 - the library is untyped
    """Whether it makes CUDA graphs itself: TensorRT-RTX forbids others to capture it."""
    return hasattr(trt, "CudaGraphStrategy")


def _context(trt: Any, engine: Any, *, graph: bool) -> Any:  # noqa: ANN401 - untyped
    """An execution context whose kernels stay the same while they are measured."""
    if not hasattr(trt, "DynamicShapesKernelSpecializationStrategy"):
        return engine.create_execution_context()
    config = engine.create_runtime_config()
    # LAZY, the default, swaps better kernels in while they are being timed.
    strategy = trt.DynamicShapesKernelSpecializationStrategy.EAGER
    config.dynamic_shapes_kernel_specialization_strategy = strategy
    if graph and captures_itself(trt):
        config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
    return engine.create_execution_context(config)


def _facts(own: Loaded, target: Target) -> dict[str, str]:
    types = layer_types(own)
    wanted = "fp32" if target.precision in ALONE else target.precision
    fits = set(types) <= {wanted} if target.precision in ALONE else wanted in types or not types
    if not fits:
        msg = f"asked for {target.precision}, the engine's layers give {', '.join(sorted(types))}"
        raise EngineError(msg)
    return {
        "provider": f"{tensorrt_library.title(own.trt)} on {own.device.title}",
        "precision": "+".join(sorted(types)) or f"{target.precision}; layers are not shown",
        "tf32": "allowed" if target.precision == "tf32" else "off",
        "layers": ", ".join(f"{count} {name}" for name, count in sorted(types.items())),
        "threads": str(target.threads),
        "boundary": "inputs and outputs as tensors on the device",
    }


def _memory_bytes(trt: Any, engine: Any) -> dict[str, int]:  # noqa: ANN401 - the library is untyped
    """What the engine says that it takes on the device: room to work in, and its weights."""
    found = {"engine_scratch_bytes": int(engine.device_memory_size_v2)}
    if hasattr(engine, "get_engine_stat"):  # since 10.14
        weights = engine.get_engine_stat(trt.EngineStat.TOTAL_WEIGHTS_SIZE)
        found["engine_weights_bytes"] = int(weights)
    return found


def layer_types(own: Loaded) -> Counter[str]:
    """How many layers give each floating-point or int8 type, by the engine's inspector.

    What depends on shapes it shows of a context that has them: those that kernels were chosen for.
    """
    inspector = own.engine.create_engine_inspector()
    for name in _names(own.engine):
        if -1 in own.engine.get_tensor_shape(name) and _is_input(own.engine, name):
            _, best, _ = own.engine.get_tensor_profile_shape(name, 0)
            own.context.set_input_shape(name, tuple(best))
    inspector.execution_context = own.context
    text = inspector.get_engine_information(own.trt.LayerInformationFormat.JSON)
    found: Counter[str] = Counter()
    for layer in json.loads(text).get("Layers", []):
        outputs = layer.get("Outputs", []) if isinstance(layer, dict) else []
        given = " ".join(str({**one, "Name": ""}) for one in outputs)
        found.update(name for name, words in TYPES.items() if re.search(words, given))
    return found


def _names(engine: Any) -> list[str]:  # noqa: ANN401 - the library is untyped
    return [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]


def _is_input(engine: Any, name: str) -> bool:  # noqa: ANN401 - the library is untyped
    mode = engine.get_tensor_mode(name)
    return bool(mode == type(mode).INPUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything that must live as long as a session."""

    trt: Any  # the library
    log: Any  # where it says why it refused something
    runtime: Any  # an engine must not outlive it
    engine: Any
    context: Any
    device: Device


class TensorRtSession:
    """Calls an execution context on a stream of its own."""

    asynchronous = True

    def __init__(self, own: Loaded, facts: dict[str, str]) -> None:
        self._own = own
        self._engine = engine = own.engine
        self._context = own.context
        self._device = own.device
        self.stopwatch = own.device.stopwatch
        self.memory_bytes = _memory_bytes(own.trt, engine)  # by the names of their metrics
        self.facts = facts
        names = _names(engine)
        self._outputs = [name for name in names if not _is_input(engine, name)]
        for name in names:
            if engine.is_shape_inference_io(name):
                msg = f"{name} holds a shape, which TensorRT wants in host memory before each call"
                raise Unavailable(msg)

    def bind(self, batch: Batch) -> Call:
        """A call on these arrays, copied to the device now."""
        return self._bind(batch)[0]

    def _bind(self, batch: Batch) -> tuple[Call, list[Tensor]]:
        """The call, and the tensors that it writes."""
        tensors = {name: self._device.put(array) for name, array in batch.items()}
        for name, tensor in tensors.items():
            if not self._context.set_input_shape(name, tuple(tensor.shape)):
                msg = f"the engine was not built for {name} of shape {tuple(tensor.shape)}"
                raise self._refused(msg)
        if missing := self._context.infer_shapes():
            msg = f"the engine has inputs that were not given: {', '.join(missing)}"
            raise EngineError(msg)
        outputs = [self._room(name) for name in self._outputs]
        tensors |= dict(zip(self._outputs, outputs, strict=True))
        addresses = [(name, tensor.data_ptr()) for name, tensor in tensors.items()]
        self._device.join()
        put, run, stream = (
            self._context.set_tensor_address,
            self._context.execute_async_v3,
            self._device.handle,
        )

        def call() -> object:
            for name, address in addresses:
                put(name, address)
            if not run(stream):
                msg = "TensorRT could not enqueue the inference"
                raise self._refused(msg)
            return tensors  # TensorRT knows addresses only: the tensors live as long as the call

        return call, outputs

    def _refused(self, msg: str) -> EngineError:
        """With the library's own words, by which an error of the device is known."""
        return EngineError(f"{msg}: {self._own.log.taken()}")

    def _room(self, name: str) -> Tensor:
        shape = tuple(self._context.get_tensor_shape(name))
        if any(size < 0 for size in shape):
            msg = f"the shape of {name}, {shape}, depends on the data: its room is not known before"
            raise Unavailable(msg)
        return self._device.empty(shape, self._engine.get_tensor_dtype(name).name)

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """The outputs in the graph's order, on the host."""
        call, outputs = self._bind(batch)
        call()
        self.synchronize()
        return [output.cpu().numpy() for output in outputs]

    def synchronize(self) -> None:
        """Wait for the stream."""
        self._device.synchronize()
