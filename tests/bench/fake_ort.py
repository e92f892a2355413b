"""ONNX Runtime with a GPU that is none: what its CUDA provider would do, the CPU's does.

Stricter than the real one: an option that no provider has, the default stream, buffers that are
gone or hold what was never copied, and a captured graph whose buffers have moved are errors here.
"""

from __future__ import annotations

import ctypes
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


class FakeRuntime:
    """The module: see bench.runtimes.ort_cuda for what is used of it."""

    def __init__(self, cuda: FakeCuda, providers: Sequence[str] = (TENSORRT, CUDA, CPU)) -> None:
        self.cuda = cuda
        self.providers = list(providers)
        self.falls_back = False
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
        made = Session(self, path, options, dict(providers))
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
        graph_options = {"enable_cuda_graph", "trt_cuda_graph_enable"}
        self.captures = any(
            given.get(one) in {"1", "True"} for given in providers.values() for one in graph_options
        )
        self.captured: tuple[int, ...] | None = None
        self.runs = 0

    def get_providers(self) -> list[str]:
        return [CPU] if self.runtime.falls_back else [*self._given, CPU]

    def get_provider_options(self) -> dict[str, dict[str, str]]:
        return {**self._given, CPU: {}}

    def get_session_options(self) -> SimpleNamespace:
        return self._options

    def get_outputs(self) -> list[Any]:
        return list(self._inner.get_outputs())

    def io_binding(self) -> Binding:
        return Binding(self)

    def run_with_iobinding(self, binding: Binding, options: RunOptions) -> None:
        if options.entries.get("disable_synchronize_execution_providers") != "1":
            self.runtime.cuda.synchronize()
        addresses = binding.addresses()
        if self.captures and self.runs >= 1:
            if self.captured is None:
                self.captured = addresses
            if self.captured != addresses:
                msg = "a graph was captured of other buffers: it reads and writes the old ones"
                raise Misuse(msg)
        self.runs += 1
        self.runtime.cuda.work()
        binding.compute(self._inner)


class Value:
    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def numpy(self) -> NDArray[Any]:
        return self.array


class Binding:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._inputs: dict[str, tuple[int, tuple[int, ...], Any]] = {}
        self._outputs: dict[str, Value | None] = {}
        self._last: dict[str, Value] = {}

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

    def bind_ortvalue_output(self, name: str, value: Value) -> None:
        self._outputs[name] = value

    def get_outputs(self) -> list[Value]:
        return list(self._last.values())

    def addresses(self) -> tuple[int, ...]:
        if self._session.captures and self._session.runs >= 1 and None in self._outputs.values():
            msg = "an output without a place of its own cannot be in a graph"
            raise Misuse(msg)
        return (*(at for at, _, _ in self._inputs.values()), *map(id, self._outputs.values()))

    def compute(self, inner: ort.InferenceSession) -> None:
        given = {}
        for name, (at, shape, dtype) in self._inputs.items():
            array = np.empty(shape, dtype)
            ctypes.memmove(array.ctypes.data, at, array.nbytes)
            given[name] = array
        found = inner.run(list(self._outputs), given)
        self._last = {}
        for (name, kept), array in zip(self._outputs.items(), found, strict=True):
            value = kept or Value(array.copy())
            value.array[...] = array
            self._last[name] = value
