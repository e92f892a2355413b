"""Building, against a fake of each version; no GPU was used."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import library as tensorrt_library
from bench.workers.session import EngineError, Unavailable
from tests.bench.fake_tensorrt import VERSIONS, fake
from tests.bench.fake_tensorrt_device import Misuse
from tests.bench.fake_tensorrt_run import Logger
from tests.bench.fakes import FakeClock
from tests.bench.graphs import write, write_linear

if TYPE_CHECKING:
    from pathlib import Path

    from bench.tensorrt.build import Wanted
    from tests.bench.fake_tensorrt import Script


TIMING = [version for version in VERSIONS if not version.startswith("rtx")]


@pytest.fixture(params=VERSIONS)
def library(request: pytest.FixtureRequest) -> tuple[Any, Script]:
    return fake(request.param)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    made = FakeClock()
    monkeypatch.setattr(tensorrt_build, "time", SimpleNamespace(perf_counter=made))
    return made


def wanted(folder: Path, *, tf32: bool = False) -> Wanted:
    write_linear(folder / "linear.onnx")
    shapes = {"x": (2, 3)}
    return tensorrt_build.Wanted(file=folder / "linear.onnx", shapes=shapes, tf32=tf32)


def test_tf32_is_on_only_where_it_was_asked_for(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    trt, script = library
    tensorrt_build.build(trt, wanted(tmp_path), b"")
    assert script.flags == set()
    tensorrt_build.build(trt, wanted(tmp_path, tf32=True), b"")
    assert script.flags == {"TF32"}


def test_a_cheap_build_is_made_three_times(
    library: tuple[Any, Script], tmp_path: Path, clock: FakeClock
) -> None:
    trt, script = library
    script.while_building = lambda: clock.advance(0.25 * script.built)
    built = tensorrt_build.build(trt, wanted(tmp_path), b"")
    assert built.durations_s == (0.25, 0.5, 0.75)
    assert built.identical


def test_a_build_that_takes_long_is_made_once(tmp_path: Path, clock: FakeClock) -> None:
    trt, script = fake("11.0.0")
    script.while_building = lambda: clock.advance(tensorrt_build.REPEAT_WITHIN_S)
    assert len(tensorrt_build.build(trt, wanted(tmp_path), b"").durations_s) == 1


def test_plans_that_differ_are_seen(tmp_path: Path) -> None:
    trt, script = fake("11.0.0")
    script.plans_differ = True
    assert not tensorrt_build.build(trt, wanted(tmp_path), b"").identical


@pytest.mark.parametrize("version", TIMING)
def test_each_build_begins_with_the_timings_of_earlier_runs(version: str, tmp_path: Path) -> None:
    trt, script = fake(version)
    built = tensorrt_build.build(trt, wanted(tmp_path), b"timings")
    assert script.began_with == [b"timings"] * 3
    assert built.timings == b"timings+"


@pytest.mark.parametrize("version", TIMING)
@pytest.mark.parametrize("timings", [b"another device", b"unreadable"])
def test_timings_of_another_device_or_version_are_left_alone(
    version: str, tmp_path: Path, timings: bytes
) -> None:
    trt, script = fake(version)
    tensorrt_build.build(trt, wanted(tmp_path), timings)
    assert script.began_with == [b""] * 3


def test_tensorrt_rtx_is_given_no_timings_and_leaves_none(tmp_path: Path) -> None:
    trt, script = fake("rtx 1.7.1")
    assert tensorrt_build.build(trt, wanted(tmp_path), b"of an older build").timings == b""
    assert script.began_with == []


@pytest.mark.parametrize(
    ("version", "capability", "aimed_at"),
    [
        ("rtx 1.7.1", (7, 5), ["SM75"]),
        ("rtx 1.7.1", (7, 0), []),
        ("rtx 1.7.1", (8, 0), []),
        ("rtx 1.7.1", (12, 0), []),
        ("rtx 1.7.1", None, []),
        ("11.0.0", (7, 5), []),
    ],
)
def test_tensorrt_rtx_is_told_of_a_gpu_that_it_does_not_build_for_by_itself(
    version: str, capability: tuple[int, int] | None, aimed_at: list[str], tmp_path: Path
) -> None:
    trt, script = fake(version)
    tensorrt_build.build_once(trt, replace(wanted(tmp_path), capability=capability), b"")
    assert script.capabilities == aimed_at


@pytest.mark.parametrize(
    ("capability", "kind"), [((7, 5), Unavailable), ((8, 6), EngineError), (None, EngineError)]
)
def test_what_an_older_gpu_has_no_arithmetic_for_is_a_skip(
    capability: tuple[int, int] | None, kind: type[Exception], tmp_path: Path
) -> None:
    trt, script = fake("rtx 1.7.1")
    script.build_error = (
        "Cannot compile operation 'y' for Turing (SM75): FP32 GEMM is not supported"
    )
    with pytest.raises(kind, match=r"cannot build the engine: Cannot compile .* is not supported"):
        tensorrt_build.build_once(trt, replace(wanted(tmp_path), capability=capability), b"")


def test_a_gpu_that_it_refuses_to_build_for_is_an_error(tmp_path: Path) -> None:
    trt, script = fake("rtx 1.7.1")
    script.refuses_capability = True
    with pytest.raises(EngineError, match=r"TensorRT-RTX 1\.7\.1 does not build for SM75"):
        tensorrt_build.build_once(trt, replace(wanted(tmp_path), capability=(7, 5)), b"")


def test_what_the_parser_does_not_know_is_said(library: tuple[Any, Script], tmp_path: Path) -> None:
    from onnx import helper

    body = helper.make_graph([helper.make_node("Identity", ["c"], ["d"])], "body", [], [])
    loop = helper.make_node("Loop", ["n", "", "x"], ["y"], body=body)
    write(tmp_path / "linear.onnx", [("x", 1, ("N", 3))], [loop], {})
    plain = tensorrt_build.Wanted(file=tmp_path / "linear.onnx", shapes={"x": (2, 3)}, tf32=False)
    title = tensorrt_library.title(library[0])
    with pytest.raises(
        EngineError, match=f"{title} cannot parse the graph: No importer registered"
    ):
        tensorrt_build.build(library[0], plain, b"")
    assert tensorrt_library.log(library[0]).errors == []  # nothing is left for the next message


def test_what_the_builder_refuses_is_said_and_warnings_are_not(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    trt, script = library
    script.build_error = "out of beads"
    with pytest.raises(EngineError, match=r"cannot build the engine: out of beads$"):
        tensorrt_build.build(trt, wanted(tmp_path), b"")


def test_a_builder_that_cannot_start_says_why(library: tuple[Any, Script], tmp_path: Path) -> None:
    trt, script = library
    script.cannot_start = "createInferBuilder: CUDA initialization failure with error 35"
    with pytest.raises(EngineError, match=r"cannot start: createInferBuilder: .* error 35$"):
        tensorrt_build.build_once(trt, wanted(tmp_path), b"")


def test_the_fake_refuses_networks_whose_precision_is_open_and_loggers_half_made() -> None:
    trt, _ = fake("10.1.0")
    builder = trt.Builder(tensorrt_library.log(trt))
    with pytest.raises(Misuse, match="not strongly typed"):
        builder.create_network(1)

    class HalfMade(Logger):
        def __init__(self) -> None: ...

    with pytest.raises(TypeError, match="ILogger"):
        trt.Builder(HalfMade())


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("10.1.0", ("EngineStat", "IRuntimeCache", "EngineValidity")),
        ("10.14.0", ("IRuntimeCache", "EngineValidity")),
        ("11.0.0", ("IRuntimeCache", "EngineValidity")),
        ("rtx 1.7.1", ()),
    ],
)
def test_a_fake_lacks_what_its_version_lacks(version: str, lacks: tuple[str, ...]) -> None:
    trt, _ = fake(version)
    assert [name for name in lacks if hasattr(trt, name)] == []
    assert hasattr(trt.BuilderFlag, "FP16") == version.startswith("10")
    assert tensorrt_library.builds_without_device(trt) == version.startswith("rtx")


def test_shapes_that_vary_get_a_profile(library: tuple[Any, Script], tmp_path: Path) -> None:
    trt, script = library
    varying = replace(wanted(tmp_path), limits={"x": ((1, 3), (8, 3))})
    tensorrt_build.build_once(trt, varying, b"")
    assert script.profiles == [{"x": [(1, 3), (2, 3), (8, 3)]}]


def test_a_profile_that_is_refused_is_an_error(library: tuple[Any, Script], tmp_path: Path) -> None:
    upside_down = replace(wanted(tmp_path), limits={"x": ((4, 3), (1, 3))})
    with pytest.raises(EngineError, match="refuses the profile"):
        tensorrt_build.build_once(library[0], upside_down, b"")
