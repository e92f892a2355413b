"""CUDA graphs of TensorRT engines, against the fake of each version; no GPU was used."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bench.device import failure
from bench.tensorrt import build as tensorrt_build
from bench.tensorrt import session as tensorrt_session
from bench.tensorrt.cuda_graph import same
from bench.tensorrt.session import TensorRtSession
from bench.workers.session import EngineError
from bench.workers.target import Target
from tests.bench.fake_tensorrt import VERSIONS, fake
from tests.bench.fake_tensorrt_device import Misuse
from tests.bench.graphs import BIAS, WEIGHT, write_linear

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.fake_tensorrt import Script

ROWS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=np.float32)
TARGET = Target(precision="fp32", device="cuda:0", batch_size=2, threads=1)


def loaded(
    library: tuple[Any, Script], folder: Path, *, graph: bool = True, dynamic: bool = False
) -> TensorRtSession:
    trt, script = library
    file = folder / "linear.onnx"
    write_linear(file)
    limits = {"x": ((1, 3), (8, 3))} if dynamic else None
    wanted = tensorrt_build.Wanted(file=file, shapes={"x": (2, 3)}, tf32=False, limits=limits)
    plan = file.with_suffix(".plan")
    plan.write_bytes(tensorrt_build.build_once(trt, wanted, b"")[0])
    return tensorrt_session.load(trt, plan, TARGET, script.device, graph=graph)


@pytest.fixture(params=["10.1.0", "10.14.0", "11.0.0"])
def library(request: pytest.FixtureRequest) -> tuple[Any, Script]:
    return fake(request.param)


def test_every_batch_is_replayed_through_the_graphs_own_buffers(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    session, device = loaded(library, tmp_path), library[1].device
    calls = [session.bind({"x": ROWS}), session.bind({"x": -ROWS})]
    gc.collect()  # nothing but the session holds the buffers
    before = device.replays
    for call in (calls[0], calls[1], calls[0]):
        call()
    assert device.replays == before + 3
    for sign in (1, -1):
        (found,) = session.outputs({"x": sign * ROWS})
        np.testing.assert_allclose(found, sign * ROWS @ WEIGHT + BIAS)
    assert "captured by torch" in session.facts["cuda_graph"]


@pytest.mark.parametrize("defect", ["is_graph_stale", "is_graph_deaf"])
def test_a_replay_that_gives_something_else_is_an_error(
    library: tuple[Any, Script], tmp_path: Path, defect: str
) -> None:
    session = loaded(library, tmp_path)
    setattr(library[1].device, defect, True)
    with pytest.raises(EngineError, match="does not give what the engine gives without it"):
        session.bind({"x": ROWS})


def test_what_cannot_be_captured_is_an_error_of_the_engine_and_none_of_the_device(
    library: tuple[Any, Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, (_, script) = loaded(library, tmp_path), library
    capture = script.device.capture

    def refused(launch: Callable[[], object]) -> Callable[[], object]:
        script.run_error = "the stream is capturing"
        return capture(launch)

    monkeypatch.setattr(script.device, "capture", refused)
    with pytest.raises(
        EngineError, match=r"captured as a CUDA graph: .*: the stream is capturing$"
    ) as raised:
        session.bind({"x": ROWS})
    assert failure.of(raised.value) is None
    assert not script.device.is_capturing


def test_what_only_torch_refuses_is_told_as_it_says(
    library: tuple[Any, Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_launch: object) -> None:
        msg = "no capture on this stream"
        raise RuntimeError(msg)

    session = loaded(library, tmp_path)
    monkeypatch.setattr(library[1].device, "capture", refused)
    with pytest.raises(EngineError, match=r"captured as a CUDA graph: no capture on this stream$"):
        session.bind({"x": ROWS})


def test_an_engine_that_gives_nan_gives_it_as_a_graph_too(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    rows = np.array([[np.nan, np.inf, 1.0], [1.0, 2.0, 3.0]], np.float32)
    (found,) = loaded(library, tmp_path).outputs({"x": rows})
    np.testing.assert_allclose(found, rows @ WEIGHT + BIAS)


def test_tensors_of_any_type_are_compared() -> None:
    for values in ([True, False], [1, 2], [1.0, float("nan")]):
        one, other = torch.tensor(values), torch.tensor(values)
        assert same(one, other)
        other[0] = 0
        assert not same(one, other)


def test_another_shape_than_the_captured_one_is_an_error(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    session = loaded(library, tmp_path, dynamic=True)
    session.bind({"x": ROWS})
    with pytest.raises(EngineError, match=r"captured for x of shape \(2, 3\), not \(1, 3\)"):
        session.bind({"x": ROWS[:1]})


def test_the_fake_refuses_a_capture_before_a_plain_run(
    library: tuple[Any, Script], tmp_path: Path
) -> None:
    session, device = loaded(library, tmp_path, graph=False), library[1].device
    with pytest.raises(Misuse, match="before a plain run"):
        device.capture(session.bind({"x": ROWS}))


def test_tensorrt_rtx_makes_its_graphs_itself_of_buffers_that_stay(tmp_path: Path) -> None:
    library = fake("rtx 1.7.1")
    session = loaded(library, tmp_path)
    calls = [session.bind({"x": ROWS}), session.bind({"x": -ROWS})]
    for call in (calls[0], calls[1], calls[0]):
        call()
    for sign in (1, -1):
        (found,) = session.outputs({"x": sign * ROWS})
        np.testing.assert_allclose(found, sign * ROWS @ WEIGHT + BIAS)
    assert session.facts["cuda_graph"].startswith("the library's own; inputs are copied")
    told = [library[1].graphs]
    assert library[1].device.replays == 0
    loaded(library, tmp_path, graph=False)
    assert [*told, library[1].graphs] == ["whole", "disabled"]


def test_the_fake_refuses_other_places_for_a_graph_of_the_librarys_own(tmp_path: Path) -> None:
    session = loaded(fake("rtx 1.7.1"), tmp_path)
    session.bind({"x": ROWS})()
    elsewhere, _ = TensorRtSession._bind(session, {"x": ROWS})
    with pytest.raises(Misuse, match="other places"):
        elsewhere()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_engine_of_many_batch_sizes_runs_at_each_of_them(version: str, tmp_path: Path) -> None:
    session = loaded(fake(version), tmp_path, graph=False, dynamic=True)
    for rows in (ROWS[:1], ROWS):
        (found,) = session.outputs({"x": rows})
        np.testing.assert_allclose(found, rows @ WEIGHT + BIAS, rtol=1e-6)
    with pytest.raises(EngineError, match=r"not built for x of shape \(16, 3\)"):
        session.outputs({"x": np.tile(ROWS, (8, 1))})
