"""ONNX Runtime with a GPU that is none: what its CUDA provider would do, the CPU's does.

As strict as the real one: a provider is listed because it was compiled in, and refuses when its
libraries are not in the process; a graph is captured within the first run, and each replay waits.
Stricter: an option that no provider has, the default stream, buffers that are gone or hold what was
never copied, and a captured graph whose buffers have moved are errors here.
"""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort

from tests.bench.fake_cuda import FakeCuda, Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CUDA, TENSORRT, CPU = (f"{name}ExecutionProvider" for name in ("CUDA", "Tensorrt", "CPU"))
# Names from the providers' documents; the real ones refuse others.
SHARED = {"device_id", "user_compute_stream"}
OPTIONS = {
    CUDA: SHARED | {"use_tf32", "enable_cuda_graph"},
    TENSORRT: SHARED
    | {"trt_fp16_enable", "trt_cuda_graph_enable"}
    | {f"trt_{kind}_cache_{what}" for kind in ("engine", "timing") for what in ("enable", "path")},
}
# Of these TensorRT's provider takes no numbers, as the CUDA one does of its own.
BOOLEANS = {name for name in OPTIONS[TENSORRT] if name.endswith("_enable")}
PLAIN_RUNS = 2  # that the CUDA provider makes before it captures, within the first one asked for
# What the runtime raises, in its words; the former where libnvinfer is nowhere to be found.
NO_TENSORRT = (
    "/onnxruntime_src/onnxruntime/python/onnxruntime_pybind_state.cc:539 void "
    "onnxruntime::python::RegisterTensorRTPluginsAsCustomOps(PySessionOptions&, const "
    "onnxruntime::ProviderOptions&) Please install TensorRT libraries as mentioned in the GPU "
    "requirements page, make sure they're in the PATH or LD_LIBRARY_PATH, and that your GPU is "
    "supported."
)
ALL_ON_CPU = (
    "[ONNXRuntimeError] : 1 : FAIL : This session contains graph nodes that are assigned to the "
    "default CPU EP, but fallback to CPU EP has been explicitly disabled by the user."
)


class Fail(Exception):  # noqa: N818 - the library's name
    """As the library's own, it is no RuntimeError."""


class FakeRuntime:
    """The module: see bench.runtimes.ort_cuda for what is used of it."""

    __file__ = "/nowhere/onnxruntime/__init__.py"

    def __init__(self, cuda: FakeCuda, providers: Sequence[str] = (TENSORRT, CUDA, CPU)) -> None:
        self.cuda = cuda
        self.providers = list(providers)
        self.falls_back = False
        self.has_cuda_libraries = True  # without them the provider is left out, and logged
        self.fits_tensorrt = True  # of the version that this build is linked to
        self.config: dict[str, str] = {}
        self.sessions: list[Session] = []

    def get_available_providers(self) -> list[str]:
        return self.providers

    def SessionOptions(self) -> SimpleNamespace:  # noqa: N802 - the library's name
        return SimpleNamespace(add_session_config_entry=self.config.__setitem__)

    def RunOptions(self) -> RunOptions:  # noqa: N802
        return RunOptions()

    def InferenceSession(  # noqa: N802
        self,
        path: str,
        options: Any,  # noqa: ANN401
        *,
        providers: Any,  # noqa: ANN401
        enable_fallback: int = 1,
    ) -> Session:
        if enable_fallback:
            msg = "it would begin anew with other providers, and keep the reason to itself"
            raise Misuse(msg)
        given = dict(providers)
        is_loaded = self.fits_tensorrt and "tensorrt" in sys.modules  # its import loads libnvinfer
        if TENSORRT in given and not is_loaded:
            raise RuntimeError(NO_TENSORRT)
        is_refused = self.config.get("session.disable_cpu_ep_fallback") == "1"
        if is_refused and not self.has_cuda_libraries:
            raise Fail(ALL_ON_CPU)
        made = Session(self, path, options, given)
        self.sessions.append(made)
        return made


class RunOptions:
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def add_run_config_entry(self, key: str, value: str) -> None:
        self.entries[key] = value


class Session:
    def __init__(
        self, runtime: FakeRuntime, path: str, options: SimpleNamespace, providers: dict[str, Any]
    ) -> None:
        for name, given in providers.items():
            if unknown := set(given) - OPTIONS[name]:
                msg = f"Unknown provider option: {min(unknown)!r}"
                raise RuntimeError(msg)
            if not all(isinstance(value, str) for value in given.values()):
                msg = "provider options are texts"
                raise Misuse(msg)
            for option in BOOLEANS & set(given):
                if given[option] not in {"True", "true", "False", "false"}:
                    msg = f"The value for the key '{option}' should be 'True' or 'False'."
                    raise RuntimeError(msg)
            if given["user_compute_stream"] == "0":
                msg = "the default stream is taken for none: a stream of the runtime's own is used"
                raise Misuse(msg)
        self.runtime = runtime
        self._options = options
        self._given = providers
        self._inner = ort.InferenceSession(path, providers=[CPU])
        self.captures = providers.get(CUDA, {}).get("enable_cuda_graph") in {"1", "True"}
        self.captured: tuple[int, ...] | None = None
        self.replays = 0

    def get_providers(self) -> list[str]:
        return [CPU] if self.runtime.falls_back else [*self._given, CPU]

    def get_provider_options(self) -> dict[str, dict[str, str]]:
        return {**self._given, CPU: {}}

    def get_session_options(self) -> SimpleNamespace:
        return self._options

    def get_outputs(self) -> list[Any]:
        return list(self._inner.get_outputs())

    def io_binding(self) -> Binding:
        return Binding()

    def run_with_iobinding(self, binding: Binding, options: RunOptions) -> None:
        """As the runtime's own Run: with a graph to be captured it calls itself until it has it."""
        if self.captured is not None:
            self._replay(binding)
            return
        self._execute(binding, options)
        if self.captures:
            for _ in range(PLAIN_RUNS - 1):
                self._execute(binding, options)
            self.captured = binding.addresses()
            self._replay(binding)

    def _execute(self, binding: Binding, options: RunOptions) -> None:
        if options.entries.get("disable_synchronize_execution_providers") != "1":
            self.runtime.cuda.synchronize()
        self.runtime.cuda.work()
        binding.compute(self._inner)

    def _replay(self, binding: Binding) -> None:
        """It waits whatever the options say: they are not looked at."""
        if self.captured != binding.addresses():
            msg = "a graph was captured of other buffers: it reads and writes the old ones"
            raise Misuse(msg)
        self.replays += 1
        self.runtime.cuda.work()
        binding.compute(self._inner)
        self.runtime.cuda.synchronize()


class Value:
    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def numpy(self) -> NDArray[Any]:
        return self.array


class Binding:
    def __init__(self) -> None:
        self._inputs: dict[str, tuple[int, tuple[int, ...], Any]] = {}
        self._outputs: dict[str, Value | None] = {}

    def bind_input(  # noqa: PLR0917 - the library's own
        self,
        name: str,
        kind: str,
        device_id: int,
        dtype: type[Any],
        shape: tuple[int, ...],
        at: int,
    ) -> None:
        assert (kind, device_id) == ("cuda", 0)
        self._inputs[name] = (at, shape, dtype)

    def bind_output(self, name: str, kind: str, device_id: int) -> None:
        assert (kind, device_id) == ("cuda", 0)
        self._outputs[name] = None

    def get_outputs(self) -> list[Value]:
        return [value for value in self._outputs.values() if value is not None]

    def addresses(self) -> tuple[int, ...]:
        return (*(at for at, _, _ in self._inputs.values()), *map(id, self._outputs.values()))

    def compute(self, inner: ort.InferenceSession) -> None:
        """Outputs get their places in the first run, and keep them."""
        given = {}
        for name, (at, shape, dtype) in self._inputs.items():
            array = np.empty(shape, dtype)
            ctypes.memmove(array.ctypes.data, at, array.nbytes)
            given[name] = array
        found = inner.run(list(self._outputs), given)
        for name, array in zip(self._outputs, found, strict=True):
            value = self._outputs[name] or Value(array.copy())
            value.array[...] = array
            self._outputs[name] = value
