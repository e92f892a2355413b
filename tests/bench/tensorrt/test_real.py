"""TensorRT-RTX itself, which builds engines without a GPU: nothing is run here."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bench.preparation.inputs import InputSet
from bench.preparation.prepare import prepare
from bench.preparation.quantise import quantise
from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import graph as tensorrt_graph
from bench.tensorrt import library as tensorrt_library
from bench.tensorrt import session as tensorrt_session
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from models.files import shipped_recipes
from scenarios.scenario import Technique
from tests.bench import fake_tensorrt, fake_tensorrt_device, fake_tensorrt_run
from tests.bench.exported_graphs import (
    SHAPE,
    write_conv,
    write_float8,
    write_with_constants,
    write_without_zero_points,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from models import Recipe
    from tests.bench.real import Real

VARIANTS = [
    one for one in shipped_recipes() if (one.dataset, one.family) == ("digits", "simple_cnn")
]
SHAPES = {"input": (64, 1, 28, 28)}


@pytest.fixture(scope="module")
def trt() -> Any:  # noqa: ANN401 - the library is untyped
    found = pytest.importorskip(
        "tensorrt_rtx_bindings", reason="install the dependency group tensorrt-rtx"
    )
    assert tensorrt_library.builds_without_device(found)
    return found


def built(
    trt: Any,  # noqa: ANN401
    source: Path,
    precision: str,
    folder: Path,
    shapes: Mapping[str, tuple[int, ...]] = SHAPES,
) -> bytes:
    typed = folder / "typed.onnx"
    tensorrt_graph.write(source, precision, typed)
    wanted = tensorrt_build.Wanted(file=typed, shapes=shapes, tf32=precision == "tf32")
    return tensorrt_build.build_once(trt, wanted, b"")[0]


def technique(text: str) -> Technique:
    name, _, options = text.partition("@")
    key, _, value = options.partition("=")
    return Technique(name=name, options=((key, option(value)),) if key else ())


def option(text: str) -> float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def onnx_of(real: Real, recipe: Recipe) -> Path:
    techniques = tuple(map(technique, recipe.techniques))
    case = replace(real.cases["onnxruntime-fp32"], techniques=techniques)
    return prepare(case, lambda _what, _share: None).file


@pytest.mark.parametrize("recipe", VARIANTS, ids=lambda recipe: recipe.name)
def test_every_shipped_variant_of_digits_is_parsed_and_built(
    trt: Any,  # noqa: ANN401
    real: Real,
    recipe: Recipe,
    tmp_path: Path,
) -> None:
    source = onnx_of(real, recipe)
    plans = [built(trt, source, precision, tmp_path) for precision in ("fp32", "fp16", "bf16")]
    assert all(len(plan) > 10_000 for plan in plans)
    assert len(set(plans)) == len(plans)


def test_int8_is_parsed_and_built_and_as_it_was_quantised_it_is_not(
    trt: Any,  # noqa: ANN401
    real: Real,
    tmp_path: Path,
) -> None:
    source = real.artifact("openvino-int8").file
    assert len(built(trt, source, "int8", tmp_path)) > 10_000
    with pytest.raises(EngineError, match="Non-zero zero point is not supported"):
        built(trt, source, "fp32", tmp_path)


def nncf(file: Path, opset: int) -> None:
    """Quantised as our own networks are."""
    write_conv(file.with_name("float.onnx"), opset)
    values = np.random.default_rng(0).standard_normal((20, *SHAPE[1:])).astype(np.float32)
    samples = InputSet(
        arrays={"x": values}, batch_axes={"x": 0}, labels=None, sha256="", kind="random"
    )
    quantise("nncf_static", file.with_name("float.onnx"), samples, file)


@pytest.mark.parametrize("precision", ["int8", "fp8"])
@pytest.mark.parametrize(
    "write",
    [
        *(pytest.param(partial(nncf, opset=n), id=f"nncf_{n}") for n in (13, 17, 18, 19, 21)),
        *(
            pytest.param(partial(write_with_constants, opset=n), id=f"constants_{n}")
            for n in (13, 17, 21)
        ),
        pytest.param(partial(write_without_zero_points, kind=3), id="int8_without_zero_points"),
        pytest.param(partial(write_without_zero_points, kind=2), id="uint8_without_zero_points"),
    ],
)
def test_what_others_quantise_is_parsed_and_built(
    trt: Any,  # noqa: ANN401
    write: Callable[[Path], None],
    precision: str,
    tmp_path: Path,
) -> None:
    write(tmp_path / "source.onnx")
    assert len(built(trt, tmp_path / "source.onnx", precision, tmp_path, {"x": SHAPE})) > 10_000


def test_a_float8_file_is_built_as_it_is(trt: Any, tmp_path: Path) -> None:  # noqa: ANN401
    write_float8(tmp_path / "source.onnx")
    assert len(built(trt, tmp_path / "source.onnx", "fp8", tmp_path, {"x": SHAPE})) > 10_000


TURING = (7, 5)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_a_turing_gpu_has_a_plan_of_its_own(
    trt: Any,  # noqa: ANN401
    precision: str,
    tmp_path: Path,
) -> None:
    """Without being told, the library builds for compute capability 8.0 and later."""
    source = {"int8": write_with_constants, "fp16": write_conv}[precision]
    source(tmp_path / "source.onnx", 17)
    tensorrt_graph.write(tmp_path / "source.onnx", precision, tmp_path / "typed.onnx")
    wanted = tensorrt_build.Wanted(file=tmp_path / "typed.onnx", shapes={"x": SHAPE}, tf32=False)
    turing, later, ampere = (
        tensorrt_build.build_once(trt, replace(wanted, capability=capability), b"")[0]
        for capability in (TURING, None, (8, 6))
    )
    assert turing != later == ampere


def test_fp32_on_turing_is_a_skip_with_the_librarys_reason(
    trt: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    write_conv(tmp_path / "source.onnx", 17)
    wanted = tensorrt_build.Wanted(
        file=tmp_path / "source.onnx", shapes={"x": SHAPE}, tf32=False, capability=TURING
    )
    with pytest.raises(Unavailable, match=r"for Turing \(SM75\): FP32 GEMM is not supported"):
        tensorrt_build.build_once(trt, wanted, b"")


def test_no_call_is_a_deprecated_one(trt: Any, tmp_path: Path) -> None:  # noqa: ANN401
    write_conv(tmp_path / "source.onnx", 17)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        built(trt, tmp_path / "source.onnx", "fp32", tmp_path, {"x": SHAPE})


def test_a_plan_is_the_same_each_time(trt: Any, real: Real, tmp_path: Path) -> None:  # noqa: ANN401
    source = real.artifact("onnxruntime-fp32").file
    first, second = (built(trt, source, "fp32", tmp_path) for _ in range(2))
    assert first == second


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks what is said without a GPU")
def test_a_plan_without_a_driver_is_an_error_with_the_librarys_reason(
    trt: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    write_conv(tmp_path / "source.onnx", 17)
    plan = tmp_path / "engine.plan"
    plan.write_bytes(built(trt, tmp_path / "source.onnx", "fp32", tmp_path, {"x": SHAPE}))
    target = Target(precision="fp32", device="cuda:0", batch_size=4, threads=1)
    with pytest.raises(EngineError, match=r"cannot run this plan on Abacus 9000: .*(?i:cuda)"):
        tensorrt_session.load(trt, plan, target, fake_tensorrt_device.FakeDevice())


def names(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (fake_tensorrt_run.Engine, "ICudaEngine"),
        (fake_tensorrt_run.Context, "IExecutionContext"),
        (fake_tensorrt_run.RtxRuntime, "Runtime"),
        (fake_tensorrt.Builder, "Builder"),
        (fake_tensorrt.Config, "IBuilderConfig"),
        (fake_tensorrt.Parser, "OnnxParser"),
        (fake_tensorrt.TimingCache, "ITimingCache"),
        (fake_tensorrt.Profile, "IOptimizationProfile"),
    ],
)
def test_the_fake_has_nothing_that_the_real_one_lacks(
    trt: Any,  # noqa: ANN401
    ours: type,
    theirs: str,
) -> None:
    assert names(ours) - {"check", "compute"} <= names(getattr(trt, theirs))


def test_nor_has_the_module(trt: Any) -> None:  # noqa: ANN401
    made, _ = fake_tensorrt.fake("rtx 1.7.1")
    assert names(made) <= names(trt)
    for enum in ("EngineValidity", "EngineInvalidityDiagnostics", "BuilderFlag", "TensorIOMode"):
        assert set(getattr(made, enum).__members__) <= names(getattr(trt, enum))
