"""OpenVINO on the CPU, with the inference precision always set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.workers.session import EngineError, Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.preparation.artifact import Artifact
    from bench.workers.session import Batch, Call, Session
    from bench.workers.target import Target

KINDS = frozenset({"family", "onnx", "exported", "factory"})
FORM = "onnx"
PRECISIONS = {"cpu": frozenset({"fp32", "bf16", "int8"})}
QUANTISERS = {"int8": "nncf_static"}
LIBRARY = "openvino"
# int8 layers are given by the graph; the hint is for the layers that were not quantised.
HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
NEEDS = {"bf16": "BF16", "int8": "INT8"}
COMPUTE = ("Convolution", "FullyConnected", "MatMul", "GroupConvolution")
EXECUTED = {"fp32": ("f32",), "bf16": ("bf16",), "int8": ("i8", "u8")}


def preload() -> None:
    """Import the runtime; it starts its threads with the first compilation."""
    import openvino  # noqa: F401


def load(artifact: Artifact, target: Target) -> Session:
    """Compile for the target's batch size.

    Whether the precision is the one asked for is looked at when the session's facts are read: that
    takes up to a tenth of the time that loading takes, and is not a part of it.
    """
    import openvino as ov

    core = ov.Core()
    needed = NEEDS.get(target.precision)
    if needed and needed not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        msg = f"this CPU does no {needed} by OpenVINO's own account; it would run in fp32 instead"
        raise Unavailable(msg)
    model = _read(core, artifact.path)
    config = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(target.threads),
        "INFERENCE_PRECISION_HINT": HINTS[target.precision],
        # The worker is pinned already; OpenVINO's own pinning would undo that.
        "ENABLE_CPU_PINNING": "NO",
    }
    _reshape(model, artifact, target.batch_size)
    compiled = core.compile_model(model, "CPU", config)
    return _Session(compiled, target)


def _read(core: Any, path: str) -> Any:  # noqa: ANN401 - untyped
    """The model; operators that OpenVINO has not are no failure of ours."""
    try:
        return core.read_model(path)
    except RuntimeError as error:
        _, marker, operators = str(error).partition("No conversion rule found for operations: ")
        if not marker:
            raise
        msg = f"OpenVINO has no operator {operators.partition(chr(10))[0].strip()}"
        raise Unavailable(msg) from error


def _reshape(model: Any, artifact: Artifact, batch_size: int) -> None:  # noqa: ANN401 - untyped
    """Fix the batch axis: the CPU plugin plans better for known shapes."""
    from bench.preparation.inputs import InputSet

    inputs = InputSet.load(Path(artifact.inputs))
    shapes = {name: list(array.shape) for name, array in inputs.arrays.items()}
    for name, axis in inputs.batch_axes.items():
        if axis is not None:
            shapes[name][axis] = batch_size
    model.reshape(shapes)


def _facts(compiled: Any, target: Target) -> dict[str, str]:  # noqa: ANN401 - untyped
    hint = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    executed = _executed(compiled)
    wanted = set(EXECUTED[target.precision])
    # Lower precisions leave layers that they have no kernel for in fp32; fp32 has them all.
    fits = executed <= wanted if target.precision == "fp32" else executed & wanted or not executed
    if hint != HINTS[target.precision] or not fits:
        msg = (
            f"asked for {target.precision}, OpenVINO runs with hint {hint} and its "
            f"convolutions and matrix products in {', '.join(sorted(executed))}"
        )
        raise EngineError(msg)
    return {
        "provider": ",".join(compiled.get_property("EXECUTION_DEVICES")),
        "precision": "+".join(sorted(executed)) or hint,
        "threads": str(compiled.get_property("INFERENCE_NUM_THREADS")),
        "boundary": "inputs and outputs in host memory",
    }


def _executed(compiled: Any) -> set[str]:  # noqa: ANN401 - untyped
    """The types in which the layers that compute really run, from the execution graph."""
    types = set()
    for node in compiled.get_runtime_model().get_ops():
        info = {key: str(value.astype(str)) for key, value in node.get_rt_info().items()}
        if info.get("layerType") in COMPUTE:
            types.add(info.get("runtimePrecision", "?").lower())
    return types


class _Session:
    """One infer request a bound batch, its input tensors sharing the arrays' memory."""

    asynchronous = False  # infer() returns when the outputs are there

    def __init__(self, compiled: Any, target: Target) -> None:  # noqa: ANN401 - untyped
        self._compiled = compiled
        self._target = target

    @property
    def facts(self) -> dict[str, str]:
        """Read back from the compiled model.

        Raises:
            EngineError: it runs in another precision than was asked for.
        """
        return _facts(self._compiled, self._target)

    def _request(self, batch: Batch) -> Any:  # noqa: ANN401 - untyped
        import openvino as ov

        request = self._compiled.create_infer_request()
        for name, array in batch.items():
            request.set_tensor(name, ov.Tensor(array, shared_memory=True))
        return request

    def bind(self, batch: Batch) -> Call:
        """A call on a request of its own; the arrays live as long as the call."""
        request = self._request(batch)
        infer = request.infer
        return lambda: (infer(share_outputs=True), batch)  # without a copy of each output

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """Copies of the outputs in the model's order."""
        request = self._request(batch)
        request.infer()
        return [
            request.get_output_tensor(i).data.copy() for i in range(len(self._compiled.outputs))
        ]

    def synchronize(self) -> None:
        """Nothing is left to wait for after a call."""
