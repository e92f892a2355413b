"""ONNX Runtime with its CPU or CUDA execution provider."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.runtimes.ort_operators import check_known
from bench.workers.session import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.preparation.artifact import Artifact
    from bench.workers.session import Batch, Call, Session
    from bench.workers.target import Target

KINDS = frozenset({"family", "onnx", "exported", "factory"})
FORM = "onnx"
PRECISIONS = {
    "cpu": frozenset({"fp32", "int8", "int8_dynamic"}),
    "cuda": frozenset({"fp32", "tf32"}),
}
QUANTISERS = {"int8": "onnxruntime_static", "int8_dynamic": "onnxruntime_dynamic"}
LIBRARY = "onnxruntime"
PROVIDER = "CPUExecutionProvider"
GPU_PROVIDER = "CUDAExecutionProvider"
# Which has torch too, whose tensors are the buffers.
FORK_SERVERS = {"cuda": "onnxruntime_cuda_graph"}
# The optimised graph's operators that compute: in integers, and in floating point.
IN_INTEGERS = frozenset(
    {"QLinearConv", "QLinearMatMul", "QGemm", "ConvInteger", "MatMulInteger"}
    | {"MatMulIntegerToFloat", "DynamicQuantizeMatMul"}
)
IN_FLOATS = frozenset({"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"})
BESIDE = "session.optimized_model_external_initializers"
ERRORS_ONLY = 3  # of its log levels: warnings about a container's CPU topology are not ours


def preload() -> None:
    """Import the runtime; it starts its threads with the first session."""
    import onnxruntime  # noqa: F401


def load(artifact: Artifact, target: Target) -> Session:
    """Create a session and make sure that it is the one asked for."""
    if target.device != "cpu":
        return load_on_gpu(artifact, target, graph=False)
    options = session_options(target)
    for symbol in artifact.batch_symbols:  # as others know it: of a known size it plans better
        options.add_free_dimension_override_by_name(symbol, target.batch_size)
    session = _session(artifact.path, options)
    if (actual := session.get_providers()[0]) != PROVIDER:
        msg = f"onnxruntime fell back from {PROVIDER} to {actual}"
        raise EngineError(msg)
    return _Session(session, artifact.facts.get("precision", target.precision))


def load_on_gpu(artifact: Artifact, target: Target, *, graph: bool) -> Session:
    """Create a session of the CUDA provider, with TF32 as the precision says."""
    from bench.runtimes import ort_cuda

    wanted = {ort_cuda.CUDA: ort_cuda.cuda_options(target.precision, graph=graph)}
    return ort_cuda.load(artifact.path, session_options(target), target, wanted, graph=graph)


def session_options(target: Target) -> Any:  # noqa: ANN401 - the library is untyped
    """Threads as they were asked for, quiet both in time and in words."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # A pool that spins between calls would take its core from the worker whose turn it is.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options


def executed(path: str, target: Target) -> str:
    """The types in which a quantised model's layers run: "i8", or "f32+i8" if some were left.

    What becomes of Q/DQ is the runtime's choice, so the graph that it made is read. Writing that
    graph doubles the time that a small model takes to load, and is not a part of it.

    Raises:
        EngineError: no layer runs in integers.
    """
    options = session_options(target)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "optimised.onnx"
        options.optimized_model_filepath = str(file)
        # Weights beside the graph, whose names alone are read.
        options.add_session_config_entry(f"{BESIDE}_file_name", "weights.bin")
        options.add_session_config_entry(f"{BESIDE}_min_size_in_bytes", "1024")
        _session(path, options)
        return _executed(_operators(file), target.precision)


def _session(path: str, options: Any) -> Any:  # noqa: ANN401 - the library is untyped
    import onnxruntime as ort

    try:
        return ort.InferenceSession(path, options, providers=[PROVIDER])
    except Exception as error:  # the runtime's own errors have no public name
        check_known(error)
        raise


def _operators(file: Path) -> frozenset[str]:
    """Which of the operators that compute are in a file.

    An operator's name is field 4 of its node, a text: tag 0x22, its length, and its bytes.
    """
    content = file.read_bytes()
    return frozenset(
        name
        for name in IN_INTEGERS | IN_FLOATS
        if b"\x22" + bytes([len(name)]) + name.encode() in content
    )


def _executed(operators: frozenset[str], precision: str) -> str:
    """The types in which layers that compute run: "i8", or "f32+i8" if some were left."""
    if not operators & IN_INTEGERS:
        found = ", ".join(sorted(operators & IN_FLOATS)) or "no convolution or matrix product"
        msg = f"asked for {precision}, ONNX Runtime runs none of its layers so: it has {found}"
        raise EngineError(msg)
    return "f32+i8" if operators & IN_FLOATS else "i8"


class _Session:
    """Calls through IOBinding: outputs have their buffers from the first call on."""

    asynchronous = False  # run_with_iobinding returns when the outputs are there

    def __init__(self, session: Any, executed: str) -> None:  # noqa: ANN401 - the library is untyped
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]
        options = session.get_session_options()
        self.facts = {
            "provider": session.get_providers()[0],
            "precision": executed,
            "threads": str(options.intra_op_num_threads),
            "boundary": "inputs and outputs in host memory",
        }

    def bind(self, batch: Batch) -> Call:
        """A call that runs a binding of these arrays."""
        import onnxruntime as ort

        binding = self._session.io_binding()
        # The binding reads the arrays' memory: the call below keeps both alive.
        values = [(name, ort.OrtValue.ortvalue_from_numpy(a)) for name, a in batch.items()]
        for name, value in values:
            binding.bind_ortvalue_input(name, value)
        for name in self._outputs:
            binding.bind_output(name)
        run = self._session.run_with_iobinding
        return lambda: (run(binding), values)

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """The outputs in the graph's order."""
        return list(self._session.run(self._outputs, dict(batch)))

    def synchronize(self) -> None:
        """Nothing is left to wait for after a call."""
