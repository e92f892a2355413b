"""The order of calls, against a fake that refuses what each version refuses; no GPU was used."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.device import failure
from bench.device.failure import FULL
from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import session as tensorrt_session
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from tests.bench.fake_tensorrt import VERSIONS, fake
from tests.bench.fake_tensorrt_device import FakeDevice, Misuse
from tests.bench.graphs import BIAS, WEIGHT, write, write_linear, write_two_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.tensorrt.session import TensorRtSession
    from tests.bench.fake_tensorrt import Script

ROWS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=np.float32)


def target(precision: str = "fp32") -> Target:
    return Target(precision=precision, device="cuda:0", batch_size=2, threads=1)


@pytest.fixture(params=VERSIONS)
def library(request: pytest.FixtureRequest) -> tuple[Any, Script]:
    return fake(request.param)


@pytest.fixture
def linear(tmp_path: Path) -> Path:
    write_linear(tmp_path / "linear.onnx")
    return tmp_path / "linear.onnx"


def loaded(
    library: tuple[Any, Script],
    file: Path,
    shapes: dict[str, tuple[int, ...]],
    precision: str = "fp32",
    limits: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] | None = None,
) -> TensorRtSession:
    trt, script = library
    wanted = tensorrt_build.Wanted(file=file, shapes=shapes, tf32=False, limits=limits)
    plan = file.with_suffix(".plan")
    plan.write_bytes(tensorrt_build.build(trt, wanted, b"").plan)
    return tensorrt_session.load(trt, plan, target(precision), script.device)


def test_each_version_computes_what_the_graph_says(
    library: tuple[Any, Script], linear: Path
) -> None:
    session = loaded(library, linear, {"x": (2, 3)})
    (found,) = session.outputs({"x": ROWS})
    np.testing.assert_allclose(found, ROWS @ WEIGHT + BIAS)
    assert library[1].device.waited == 1


def test_bound_batches_take_turns_without_being_copied_again(
    library: tuple[Any, Script], linear: Path
) -> None:
    session, device = loaded(library, linear, {"x": (2, 3)}), library[1].device
    calls = [session.bind({"x": ROWS}), session.bind({"x": -ROWS})]
    gc.collect()  # nothing but the calls holds the buffers
    for call, sign in zip([*calls, calls[0]], [1, -1, 1], strict=True):
        tensors: Any = call()
        np.testing.assert_allclose(tensors["y"].numpy(), sign * ROWS @ WEIGHT + BIAS)
        assert not device.is_copying


def test_several_inputs_keep_their_names(library: tuple[Any, Script], tmp_path: Path) -> None:
    file = tmp_path / "two.onnx"
    write(
        file,
        [("a", 1, ("N", 3)), ("b", 1, ("N", 3))],
        [_node("Sub", ["a", "b"], ["y"])],
        {},
    )
    session = loaded(library, file, {"a": (2, 3), "b": (2, 3)})
    (found,) = session.outputs({"b": ROWS, "a": 3 * ROWS})
    np.testing.assert_allclose(found, 2 * ROWS)


def _node(kind: str, inputs: list[str], outputs: list[str]) -> Any:  # noqa: ANN401 - of onnx
    from onnx import helper

    return helper.make_node(kind, inputs, outputs)


def test_what_the_engine_is_was_read_back(library: tuple[Any, Script], linear: Path) -> None:
    trt, script = library
    session = loaded(library, linear, {"x": (2, 3)})
    facts = session.facts
    name = "TensorRT-RTX" if script.rtx else "TensorRT"
    assert facts["provider"] == f"{name} {trt.__version__} on Abacus 9000"
    assert facts["precision"] == "fp32"
    assert facts["layers"] == "1 fp32"
    assert facts["tf32"] == "off"
    scratch, weights = {"engine_scratch_bytes": 2048}, {"engine_weights_bytes": 1024}
    tells_weights = not script.version.startswith("10.1.")
    assert session.memory_bytes == scratch | (weights if tells_weights else {})
    assert script.strategy == ("eager" if script.rtx else None)


@pytest.mark.parametrize(
    ("precision", "layer_type", "said"),
    [
        ("fp32", "Row major linear FP32 format", "fp32"),
        ("tf32", "Float", "fp32"),
        ("fp16", "Half", "fp16"),
        ("fp16", "Channel major FP16 format where channel % 8 == 0", "fp16"),
        ("bf16", "BFloat16", "bf16"),
        ("int8", "Thirty-two wide channel vectorized row major Int8 format", "int8"),
        ("int8", "INT8", "int8"),
        ("fp16", "Int64", "fp16; layers are not shown"),
    ],
)
def test_the_precision_is_that_of_the_layers(
    linear: Path, precision: str, layer_type: str, said: str
) -> None:
    library = fake("11.0.0")
    library[1].layer_type = layer_type
    assert loaded(library, linear, {"x": (2, 3)}, precision).facts["precision"] == said


@pytest.mark.parametrize(("precision", "layer_type"), [("fp32", "Half"), ("int8", "Float")])
def test_another_precision_than_asked_for_is_an_error(
    linear: Path, precision: str, layer_type: str
) -> None:
    library = fake("11.0.0")
    library[1].layer_type = layer_type
    with pytest.raises(EngineError, match=f"asked for {precision}, the engine's layers give"):
        loaded(library, linear, {"x": (2, 3)}, precision)


def test_layers_of_varying_shapes_are_shown_at_those_that_kernels_were_chosen_for(
    library: tuple[Any, Script], linear: Path
) -> None:
    session = loaded(library, linear, {"x": (4, 3)}, limits={"x": ((1, 3), (8, 3))})
    assert session.facts["layers"] == "1 fp32"
    (found,) = session.outputs({"x": ROWS})
    np.testing.assert_allclose(found, ROWS @ WEIGHT + BIAS)


def test_a_runtime_that_cannot_start_says_why(library: tuple[Any, Script], tmp_path: Path) -> None:
    library[1].cannot_start = "CUDA initialization failure with error: 35"
    with pytest.raises(EngineError, match=r"cannot start: CUDA initialization .* error: 35$"):
        tensorrt_session.load(library[0], tmp_path / "none", target(), library[1].device)


def test_a_plan_that_cannot_be_read_is_an_error(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    plan = tmp_path / "engine.plan"
    plan.write_bytes(b"of another version")
    with pytest.raises(EngineError, match="cannot load the plan: the plan is from another version"):
        tensorrt_session.load(library[0], plan, target(), library[1].device)


def test_another_shape_than_it_was_built_for_is_an_error(
    library: tuple[Any, Script], linear: Path
) -> None:
    session = loaded(library, linear, {"x": (2, 3)})
    with pytest.raises(EngineError, match=r"not built for x of shape \(1, 3\)"):
        session.bind({"x": ROWS[:1]})


def test_an_input_that_is_missing_is_an_error(library: tuple[Any, Script], tmp_path: Path) -> None:
    write_two_inputs(tmp_path / "two.onnx")
    session = loaded(library, tmp_path / "two.onnx", {"ids": (2, 1), "scale": ()})
    with pytest.raises(EngineError, match="not given: scale"):
        session.bind({"ids": np.zeros((2, 1), np.int64)})


def test_a_shape_that_depends_on_the_data_is_a_skip(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    file = tmp_path / "where.onnx"
    nodes = [_node("NonZero", ["x"], ["i"]), _node("Cast", ["i"], ["y"])]
    nodes[1].attribute.extend([_attribute("to", 1)])
    write(file, [("x", 1, ("N", 3))], nodes, {})
    session = loaded(library, file, {"x": (2, 3)})
    with pytest.raises(Unavailable, match="depends on the data"):
        session.bind({"x": ROWS})


def test_an_input_that_is_a_shape_is_a_skip(library: tuple[Any, Script], tmp_path: Path) -> None:
    file = tmp_path / "reshape.onnx"
    write(file, [("shape", 1, ("N", 3))], [_node("Neg", ["shape"], ["y"])], {})
    with pytest.raises(Unavailable, match="shape holds a shape"):
        loaded(library, file, {"shape": (2, 3)})


def _attribute(name: str, value: int) -> Any:  # noqa: ANN401 - of onnx
    from onnx import helper

    return helper.make_attribute(name, value)


def test_the_fake_refuses_the_default_stream(linear: Path) -> None:
    library = fake("11.0.0")
    library[1].device = FakeDevice(handle=0)
    session = loaded(library, linear, {"x": (2, 3)})
    call = session.bind({"x": ROWS})
    with pytest.raises(Misuse, match="default stream"):
        call()


def test_the_fake_refuses_what_crashes_the_real_one(linear: Path) -> None:
    library = fake("11.0.0")
    session, device = loaded(library, linear, {"x": (2, 3)}), library[1].device
    context = session._context
    call = session.bind({"x": ROWS})
    device.put(ROWS)
    with pytest.raises(Misuse, match="being copied"):
        call()
    device.join()
    del call
    gc.collect()
    for name in ("x", "y"):
        context.set_tensor_address(name, device.put(ROWS).data_ptr())
    device.join()
    with pytest.raises(Misuse, match="gone"):
        context.execute_async_v3(device.handle)
    del session
    gc.collect()
    with pytest.raises(Misuse, match="the engine is gone"):
        context.infer_shapes()


def test_what_could_not_be_enqueued_is_an_error(
    linear: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = loaded(fake("11.0.0"), linear, {"x": (2, 3)})
    monkeypatch.setattr(session._context, "execute_async_v3", lambda _stream: False)
    with pytest.raises(EngineError, match="could not enqueue"):
        session.bind({"x": ROWS})()


@pytest.mark.parametrize(
    ("logged", "is_known_as"),
    [
        (
            "1: [reformat.cuh::run] Cuda Runtime (an illegal memory access was encountered)",
            "illegal access on the device",
        ),
        ("2: [resizingAllocator.cpp] Error Code 2: OutOfMemory (no further information)", FULL),
        ("3: the beads are sticky", None),
    ],
)
def test_an_error_of_the_device_is_known_by_the_librarys_own_words(
    linear: Path, logged: str, is_known_as: str | None
) -> None:
    library = fake("11.0.0")
    session = loaded(library, linear, {"x": (2, 3)})
    call = session.bind({"x": ROWS})
    library[1].run_error = logged
    with pytest.raises(EngineError) as raised:
        call()
    assert str(raised.value) == f"TensorRT could not enqueue the inference: {logged}"
    kind = failure.of(raised.value)
    assert kind == (is_known_as and f"{is_known_as}: {raised.value}")
