from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from bench import registry
from bench.engines import openvino
from bench.preparation.artifact import Artifact
from bench.preparation.quantise import WAYS
from bench.workers.remote import ForkServer, Skipped
from bench.workers.server_spec import ServerSpec
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from tests.bench.real import SERVED
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.real import Real, Served

ENGINES = registry.names("engines")
HEAVY = {  # which importing an engine's file does not import; beside theirs, what we call besides
    *(registry.engine(name).LIBRARY for name in ENGINES),
    *("onnx", "nncf", "tensorrt", "tensorrt_rtx_bindings", "pynvml"),
}
# As far as outputs may be from eager fp32 at scores of about 10, and how often they may disagree.
TOLERANCE = {
    "fp32": (1e-3, 0.0),
    "bf16": (0.5, 0.02),
    "int8": (3.0, 0.05),
    "int8_dynamic": (3.0, 0.05),
}
READ_BACK = {
    "eager-fp32": "float32",
    "eager-bf16": "bfloat16",
    "torch_compile-fp32": "float32",
    "torch_compile_frozen-fp32": "float32",
    "onnxruntime-fp32": "fp32",
    "onnxruntime-int8": "f32+i8",  # its first convolution, of one channel, stays in f32
    "onnxruntime-int8_dynamic": "f32+i8",
    "openvino-fp32": "f32",
    "openvino-bf16": "bf16",
}
NOTHING = Artifact(path="", inputs="", facts={})


@pytest.fixture(params=SERVED)
def name(request: pytest.FixtureRequest) -> str:
    one: str = request.param
    return one


@pytest.fixture
def served(name: str, real: Real) -> Served:
    try:
        return real.served(name)
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_file_keeps_the_contract(name: str) -> None:
    engine = registry.engine(name)
    trains = getattr(engine, "TASK", "inference") == "training"
    least = {"family"} if trains else {"family", "exported", "factory"}
    assert least <= engine.KINDS <= {"family", "onnx", "exported", "factory"}
    assert trains == name.startswith("train_")
    assert engine.FORM in {"module", "onnx"}
    assert ("onnx" in engine.KINDS) == (engine.FORM == "onnx")
    assert set(engine.PRECISIONS) <= {"cpu", "cuda"}
    assert all("fp32" in offered for offered in engine.PRECISIONS.values())
    quantisers = getattr(engine, "QUANTISERS", {})
    assert set(quantisers) <= frozenset().union(*engine.PRECISIONS.values())
    assert set(quantisers.values()) <= WAYS.keys()
    assert callable(getattr(engine, "build", engine.load))
    assert set(getattr(engine, "ONLY_BUILT", {})) <= set(engine.PRECISIONS)
    assert callable(engine.preload)
    assert callable(engine.load)
    assert (engine.__doc__ or "").partition("\n")[0].endswith(".")


def test_importing_an_engine_file_imports_no_library() -> None:
    imports = "; ".join(f"import bench.engines.{name}" for name in ENGINES)
    code = f"import sys; {imports}; sys.stdout.write(' '.join({HEAVY} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_planning_every_case_on_a_gpu_imports_no_library() -> None:
    """Not even TensorRT's and NVML's, which would open the driver."""
    code = f"""
import sys
from bench import availability, options, registry
import scenarios
names = tuple(scenarios.shipped())
for case in options.selected_cases(options.Options(scenarios=names, device="cuda:0")):
    availability.why_not(case, 2)
    registry.only_built(case.engine, case.device)
sys.stdout.write(" ".join({HEAVY} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("engine", "threads"),
    [
        ("eager", 1),
        ("torch_compile", 1),
        ("torch_compile_frozen", 1),
        # Their import starts a thread that waits, and that forked workers do without.
        ("onnxruntime", 2),
        ("openvino", 2),
        ("preparation", 1),
    ],
)
def test_preloading_starts_no_thread_that_works(real: Real, engine: str, threads: int) -> None:
    fork_server = real.machine.fork_server(ServerSpec(engine=engine, threads=1, replicate=0))
    assert isinstance(fork_server, ForkServer)
    fork_server.ready()
    assert psutil.Process(fork_server._process.pid).num_threads() <= threads


def test_an_engine_agrees_with_eager_fp32_on_real_images(
    name: str, served: Served, real: Real
) -> None:
    reference = real.served("eager-fp32").outputs
    tolerance, disagreeing = TOLERANCE[name.partition("-")[2]]
    assert served.outputs.shape == reference.shape == (len(served.labels), 10)
    assert np.max(np.abs(served.outputs - reference)) <= tolerance
    changed = np.mean(served.outputs.argmax(axis=1) != reference.argmax(axis=1))
    assert changed <= disagreeing


def test_an_engine_is_right_about_most_images(served: Served) -> None:
    assert np.mean(served.outputs.argmax(axis=1) == served.labels) > 0.9


def test_lower_precisions_really_compute_something_else(
    name: str, served: Served, real: Real
) -> None:
    reference = real.served("eager-fp32").outputs
    is_lower = not name.endswith("fp32")
    assert (np.max(np.abs(served.outputs - reference)) > 1e-3) == is_lower


def test_what_the_engine_did_is_read_back(name: str, served: Served) -> None:
    facts = served.loaded.facts
    assert facts["threads"] == "1"
    assert "cpu" in facts["provider"].lower()
    assert "memory" in facts["boundary"] or "device" in facts["boundary"]
    if name in READ_BACK:
        assert facts["precision"] == READ_BACK[name]
    if name == "openvino-int8":
        assert {"i8", "u8"} & set(facts["precision"].split("+"))


def test_loading_took_some_time_and_so_did_the_first_inference(served: Served) -> None:
    assert served.loaded.load_s > 0
    assert served.loaded.first_inference_s > 0
    assert served.loaded.warm_up.iterations > 0


class Hint:
    """An OpenVINO type, as its properties give it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def to_string(self) -> str:
        return self._name


class Compiled:
    """An OpenVINO model whose layers were executed in these types."""

    def __init__(self, hint: str, executed: Iterable[tuple[str, str]]) -> None:
        self._properties: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": Hint(hint),
            "EXECUTION_DEVICES": ["CPU"],
            "INFERENCE_NUM_THREADS": 1,
        }
        self._nodes = [
            SimpleNamespace(get_rt_info=lambda i=info: {k: np.array(v) for k, v in i.items()})
            for info in ({"layerType": kind, "runtimePrecision": type_} for kind, type_ in executed)
        ]

    def get_property(self, name: str) -> object:
        return self._properties[name]

    def get_runtime_model(self) -> SimpleNamespace:
        return SimpleNamespace(get_ops=lambda: self._nodes)


def target(precision: str = "fp32", device: str = "cpu") -> Target:
    return Target(precision=precision, device=device, batch_size=1, threads=1)


@pytest.mark.parametrize(
    ("precision", "hint", "executed"),
    [
        ("fp32", "bf16", [("Convolution", "BF16")]),
        ("fp32", "f32", [("Convolution", "BF16"), ("FullyConnected", "BF16")]),
        ("bf16", "f32", [("Convolution", "FP32")]),
        ("bf16", "bf16", [("FullyConnected", "F32")]),
        ("int8", "f32", [("Convolution", "F32")]),
    ],
)
def test_another_precision_than_asked_for_is_an_error(
    precision: str, hint: str, executed: list[tuple[str, str]]
) -> None:
    with pytest.raises(EngineError, match=f"asked for {precision}, OpenVINO runs with hint {hint}"):
        openvino._facts(Compiled(hint, executed), target(precision))


def test_one_layer_in_bf16_is_not_fp32() -> None:
    with pytest.raises(EngineError, match="asked for fp32"):
        openvino._facts(
            Compiled("f32", [("Convolution", "F32"), ("FullyConnected", "BF16")]), target("fp32")
        )


@pytest.mark.parametrize(
    ("precision", "hint", "executed", "said"),
    [
        ("fp32", "f32", [("Convolution", "F32"), ("Reorder", "BF16")], "f32"),
        ("bf16", "bf16", [("Convolution", "BF16"), ("MatMul", "F32")], "bf16+f32"),
        ("int8", "f32", [("Convolution", "U8"), ("FullyConnected", "I8")], "i8+u8"),
        ("fp32", "f32", [("Eltwise", "F32")], "f32"),
    ],
)
def test_the_precision_is_that_of_the_layers_that_compute(
    precision: str, hint: str, executed: list[tuple[str, str]], said: str
) -> None:
    facts = openvino._facts(Compiled(hint, executed), target(precision))
    assert (facts["precision"], facts["threads"], facts["provider"]) == (said, "1", "CPU")


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_a_processor_without_the_precision_is_a_skip(
    monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    core = SimpleNamespace(get_property=lambda *_: ["FP32"])
    monkeypatch.setitem(sys.modules, "openvino", SimpleNamespace(Core=lambda: core))
    with pytest.raises(Unavailable, match=f"this CPU does no {precision.upper()}"):
        openvino.load(NOTHING, target(precision))
