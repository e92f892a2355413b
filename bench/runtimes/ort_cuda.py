"""ONNX Runtime on a GPU: tensors of torch as its buffers, torch's stream as its own.

So it is timed by the same events as all else on the device. A stream of torch's own making is
used, since ONNX Runtime takes the default one, whose number is 0, for none (its pull request
19229). What its documents say of IOBinding and CUDA graphs is followed: a graph reads and writes
where it did when it was captured, so inputs are copied into buffers that stay.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bench.device.opened import number, open_device
from bench.device.stopwatch import TorchStopwatch
from bench.runtimes import ort_linked
from bench.runtimes.ort_operators import check_known
from bench.workers.session import EngineError, Unavailable, short_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from bench.workers.session import Batch, Call
    from bench.workers.target import Target

CUDA, TENSORRT = "CUDAExecutionProvider", "TensorrtExecutionProvider"
YES, NO = "True", "False"  # the words that every provider takes: TensorRT's refuses "1" and "0"
ALL_ON_GPU = "session.disable_cpu_ep_fallback"  # else a node without a kernel runs on the CPU
RETURNS_AT_ONCE = "disable_synchronize_execution_providers"
# Parts of what the runtime says when a session cannot be made.
NO_TENSORRT = "install TensorRT libraries"
NOT_ALL_ON_GPU = "fallback to CPU EP has been explicitly disabled"


def load(
    path: str,
    options: Any,  # noqa: ANN401 - the library is untyped
    target: Target,
    wanted: Mapping[str, Mapping[str, str]],
    *,
    graph: bool,
) -> CudaSession:
    """A session whose first provider is the first one wanted.

    Args:
        path: of the ONNX file.
        options: SessionOptions, with threads and the like.
        target: precision and device.
        wanted: providers, the first one meant, to options of their own.
        graph: whether these options have it captured as a CUDA graph.

    Raises:
        Unavailable: this build has no such provider, its libraries are not there, or there is no
            device.
        EngineError: the runtime took another provider, or would have.
    """
    import onnxruntime as ort
    import torch

    first = next(iter(wanted))
    if first not in ort.get_available_providers():
        msg = f"this build of onnxruntime has no {first}; install the dependency group gpu"
        raise Unavailable(msg)
    open_device(target.device, target.precision)
    stream = torch.cuda.Stream(target.device)  # type: ignore[no-untyped-call]
    options.add_session_config_entry(ALL_ON_GPU, "1")
    session = _session(path, options, list(_providers(wanted, target, stream)))
    if (actual := session.get_providers()[0]) != first:
        msg = f"onnxruntime fell back from {first} to {actual}"
        raise EngineError(msg)
    return CudaSession(session, stream, target, graph=graph)


def _session(path: str, options: Any, providers: list[tuple[str, dict[str, str]]]) -> Any:  # noqa: ANN401
    """A session, or why there is none: a build lists what it was compiled with, loadable or not."""
    import onnxruntime as ort

    try:
        # By itself it would begin anew with another provider, and keep the reason from us.
        return ort.InferenceSession(path, options, providers=providers, enable_fallback=0)
    except Exception as error:  # the runtime's own errors have no public name
        if NO_TENSORRT in str(error):
            version = ort_linked.tensorrt_major() or "that this build of onnxruntime is linked to"
            msg = (
                "onnxruntime cannot load TensorRT's libraries; install the dependency group "
                f"tensorrt, in the version {version}"
            )
            raise Unavailable(msg) from error
        if NOT_ALL_ON_GPU in str(error):
            # A provider that cannot be loaded is left out with no more than a line in its log.
            also = "or the provider's CUDA libraries could not be loaded"
            msg = f"{short_reason(error)} ({also})"
            raise EngineError(msg) from error
        check_known(error)
        raise


def _providers(
    wanted: Mapping[str, Mapping[str, str]],
    target: Target,
    stream: Any,  # noqa: ANN401
) -> Iterator[tuple[str, dict[str, str]]]:
    """With what all of them need to be told."""
    for name, own in wanted.items():
        yield (
            name,
            {
                "device_id": str(number(target.device)),
                "user_compute_stream": str(stream.cuda_stream),
                **own,
            },
        )


def cuda_options(precision: str, *, graph: bool = False) -> dict[str, str]:
    """Options of the CUDA provider.

    Args:
        precision: fp32, tf32, or what another provider computes in.
        graph: whether the network is to be captured as a CUDA graph.
    """
    captured = {"enable_cuda_graph": YES} if graph else {}
    return {"use_tf32": "1" if precision == "tf32" else "0", **captured}


def tensorrt_options(precision: str, engines: Path, timings: Path) -> dict[str, str]:
    """Options of TensorRT's provider, and of the process for what it has no option for.

    It has none for TF32, which TensorRT allows by default: NVIDIA's libraries read a variable of
    the environment, when they first open a device.

    Args:
        precision: fp32, tf32 or fp16.
        engines: the folder for those of this model, precision and batch size.
        timings: the folder for what was timed while they were built, of use to all.
    """
    os.environ["NVIDIA_TF32_OVERRIDE"] = "1" if precision == "tf32" else "0"
    return {
        "trt_fp16_enable": YES if precision == "fp16" else NO,
        "trt_engine_cache_enable": YES,
        "trt_engine_cache_path": str(engines),
        "trt_timing_cache_enable": YES,
        "trt_timing_cache_path": str(timings),
    }


class CudaSession:
    """Calls through IOBinding, on a stream of torch."""

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - the library is untyped
        stream: Any,  # noqa: ANN401
        target: Target,
        *,
        graph: bool,
    ) -> None:
        import onnxruntime as ort

        self._session = session
        self._stream = stream
        self._target = target
        self._graph = graph
        self._bound: Bound | None = None  # the one that a graph reads and writes
        self._run_options = ort.RunOptions()
        self._run_options.add_run_config_entry(RETURNS_AT_ONCE, "1")
        self.asynchronous = not graph  # a replay waits for its stream, whatever the options say
        self.stopwatch = TorchStopwatch(target.device, stream)
        provider = session.get_providers()[0]
        own = session.get_provider_options()[provider]
        tf32 = own.get("use_tf32", os.environ.get("NVIDIA_TF32_OVERRIDE", "its default"))
        self.facts = {
            "provider": provider,
            "precision": target.precision,
            "tf32": {"0": "off", "1": "allowed"}.get(tf32, tf32),
            "threads": str(session.get_session_options().intra_op_num_threads),
            "boundary": "inputs and outputs as tensors on the device",
        }
        if graph:
            waits = "the runtime's own, which waits after each replay: the wait is timed"
            copied = "inputs are copied into the graph's own before each replay"
            self.facts["cuda_graph"] = f"{waits}; {copied}"

    def _on_device(self, batch: Batch) -> dict[str, Tensor]:
        import torch

        tensors = {
            name: torch.from_numpy(array).to(self._target.device) for name, array in batch.items()
        }
        self._stream.wait_stream(torch.cuda.current_stream(self._target.device))
        return tensors

    def _binding(self, batch: Batch, tensors: dict[str, Tensor]) -> Bound:
        return Bound(self._session, batch, tensors, number(self._target.device))

    def bind(self, batch: Batch) -> Call:
        """A call on these arrays, copied to the device now."""
        return self._bind(batch)[0]

    def _bind(self, batch: Batch) -> tuple[Call, Bound]:
        import torch

        tensors = self._on_device(batch)
        run, options = self._session.run_with_iobinding, self._run_options
        if not self._graph:
            bound = self._binding(batch, tensors)
            return (lambda: (run(bound.binding, options), tensors)), bound
        if self._bound is None:
            self._bound = self._captured(batch)
        own = self._bound

        def replay() -> object:
            with torch.cuda.stream(self._stream):
                for name, tensor in tensors.items():
                    own.tensors[name].copy_(tensor)
            return run(own.binding, options)

        return replay, own

    def _captured(self, batch: Batch) -> Bound:
        """Buffers that stay, of which the runtime has its graph.

        Its first run calls itself until it has one: it allocates, outputs included, captures and
        replays. Later runs replay, and look at no binding.
        """
        bound = self._binding(batch, self._on_device(batch))
        self._session.run_with_iobinding(bound.binding, self._run_options)
        self.synchronize()
        return bound

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """The outputs in the graph's order, on the host."""
        call, bound = self._bind(batch)
        call()
        self.synchronize()
        return [output.numpy().copy() for output in bound.binding.get_outputs()]

    def synchronize(self) -> None:
        """Wait for the stream."""
        self._stream.synchronize()


class Bound:
    """A binding, and the tensors whose addresses it holds."""

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - the library is untyped
        batch: Batch,
        tensors: dict[str, Tensor],
        device_id: int,
    ) -> None:
        self.tensors = tensors
        self.binding = session.io_binding()
        for name, tensor in tensors.items():
            shape, dtype = tuple(tensor.shape), batch[name].dtype.type
            self.binding.bind_input(name, "cuda", device_id, dtype, shape, tensor.data_ptr())
        for output in session.get_outputs():
            self.binding.bind_output(output.name, "cuda", device_id)
