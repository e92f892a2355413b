"""ONNX Runtime with its CPU or CUDA execution provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.session import EngineError, Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.artifact import Artifact
    from bench.session import Batch, Call, Session
    from bench.target import Target

KINDS = frozenset({"family", "onnx", "exported", "factory"})
FORM = "onnx"
PRECISIONS = {"cpu": frozenset({"fp32", "int8"}), "cuda": frozenset({"fp32"})}
LIBRARY = "onnxruntime"
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
ERRORS_ONLY = 3  # of its log levels: warnings about a container's CPU topology are not ours


def preload() -> None:
    """Import the runtime; it starts its threads with the first session."""
    import onnxruntime  # noqa: F401


def load(artifact: Artifact, target: Target) -> Session:
    """Create a session and make sure that it is the one asked for."""
    import onnxruntime as ort

    device, _, index = target.device.partition(":")
    wanted = PROVIDERS[device]
    if wanted not in ort.get_available_providers():
        msg = f"this build of onnxruntime has no {wanted}; install the dependency group gpu"
        raise Unavailable(msg)
    options = ort.SessionOptions()
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # A pool that spins between calls would take its core from the worker whose turn it is.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    provider = (wanted, {"device_id": index, "use_tf32": "0"} if device == "cuda" else {})
    session = ort.InferenceSession(artifact.path, options, providers=[provider])
    if (actual := session.get_providers()[0]) != wanted:
        msg = f"onnxruntime fell back from {wanted} to {actual}"
        raise EngineError(msg)
    return _Session(session, target)


class _Session:
    """Calls through IOBinding: outputs have their buffers from the first call on."""

    asynchronous = False  # run_with_iobinding returns when the outputs are there

    def __init__(self, session: Any, target: Target) -> None:  # noqa: ANN401 - the library is untyped
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]
        options = session.get_session_options()
        self.facts = {
            "provider": session.get_providers()[0],
            "precision": target.precision,
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
