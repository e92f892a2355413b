"""TensorRT-RTX itself builds every kind of network of the suite, without a GPU; nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench import plan, registry
from bench.preparation.prepare import prepare
from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import graph as tensorrt_graph
from models.data import data_file
from scenarios import load

if TYPE_CHECKING:
    from pathlib import Path

    from bench.case import Case

MATRIX = """
summary = "Does every kind of network become an engine?"
models = ["simple_cnn", "resnet8", "resnet20", "resnext8", "dwsep8", "tied8", "vit_tiny"]
dataset = "fashion_mnist"
baseline = "simple_cnn+dense/eager-fp32"
[[matrix]]
techniques = ["dense"]
engines = ["onnxruntime"]
batch_sizes = [64]
[[matrix]]
models = ["simple_cnn", "resnet8"]
techniques = ["grouped@groups=2", "prune_structured@ratio=0.5", "half_width"]
engines = ["onnxruntime"]
batch_sizes = [64]
[[matrix]]
models = ["simple_cnn", "resnet8"]
techniques = ["dense"]
engines = ["openvino"]
precisions = ["int8"]
batch_sizes = [64]
[[matrix]]
models = ["simple_cnn"]
techniques = ["grouped@groups=2", "prune_structured@ratio=0.5"]
engines = ["openvino"]
precisions = ["int8"]
batch_sizes = [64]
"""
BATCHES = (1, 64, 1024)
IMAGE = (1, 28, 28)


@pytest.fixture(scope="module")
def trt() -> Any:  # noqa: ANN401 - the library is untyped
    return pytest.importorskip(
        "tensorrt_rtx_bindings", reason="install the dependency group tensorrt-rtx"
    )


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    if reason := data_file("fashion_mnist").missing():
        pytest.skip(reason)
    file = tmp_path_factory.mktemp("matrix") / "matrix.toml"
    file.write_text(MATRIX)
    planned = plan.cases(load(file, registry.vocabulary()), device="cpu")
    return {f"{case.variant} {case.precision}": case for case in planned}


DENSE = ("simple_cnn", "resnet8", "resnet20", "resnext8", "dwsep8", "tied8", "vit_tiny")
SMALLER = ("grouped@groups=2", "prune_structured@ratio=0.5", "half_width")
FLOATS = [
    *(f"{family}+dense" for family in DENSE),
    *(f"{family}+{technique}" for family in ("simple_cnn", "resnet8") for technique in SMALLER),
]
QUANTISED = [
    "simple_cnn+dense",
    "resnet8+dense",
    "simple_cnn+grouped@groups=2",
    "simple_cnn+prune_structured@ratio=0.5",
]


def built(
    trt: Any,  # noqa: ANN401
    case: Case,
    precision: str,
    folder: Path,
    *,
    dynamic: bool = False,
) -> bytes:
    typed = folder / "typed.onnx"
    tensorrt_graph.write(prepare(case, lambda _what, _share: None).file, precision, typed)
    shapes = [{"input": (size, *IMAGE)} for size in BATCHES]
    limits = {"input": (shapes[0]["input"], shapes[2]["input"])} if dynamic else None
    wanted = tensorrt_build.Wanted(file=typed, shapes=shapes[1], tf32=False, limits=limits)
    return tensorrt_build.build_once(trt, wanted, b"")[0]


@pytest.mark.parametrize(
    ("name", "precisions"),
    [
        *((f"{variant} fp32", ("fp32", "fp16")) for variant in FLOATS),
        *((f"{variant} int8", ("int8", "fp8")) for variant in QUANTISED),
    ],
)
def test_a_network_becomes_an_engine_in_each_precision(
    trt: Any,  # noqa: ANN401
    cases: dict[str, Case],
    name: str,
    precisions: tuple[str, ...],
    tmp_path: Path,
) -> None:
    plans = [built(trt, cases[name], precision, tmp_path) for precision in precisions]
    assert all(len(plan) > 10_000 for plan in plans)
    assert len(set(plans)) == len(plans)


@pytest.mark.parametrize("variant", ["simple_cnn+dense", "resnet8+dense"])
def test_an_engine_of_many_batch_sizes_is_another_one(
    trt: Any,  # noqa: ANN401
    cases: dict[str, Case],
    variant: str,
    tmp_path: Path,
) -> None:
    case = cases[f"{variant} fp32"]
    one, many = (built(trt, case, "fp16", tmp_path, dynamic=dynamic) for dynamic in (False, True))
    assert len(many) > 10_000
    assert one != many
