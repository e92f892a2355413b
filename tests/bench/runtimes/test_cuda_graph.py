"""Graphs of torch on a device that is none: see tests.bench.fake_cuda."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from bench.runtimes import cuda_graph
from bench.runtimes.cuda_graph import GraphSession, InductorGraphSession
from bench.workers.session import EngineError
from bench.workers.target import Target
from tests.bench.fake_cuda import FakeCuda

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TARGET = Target(precision="fp32", device="cuda:0", batch_size=2, threads=1)


class Net(nn.Module):
    """Knows how often Python ran it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 2)
        self.calls = 0
        self.waits = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.waits:
            torch.cuda.synchronize()
        made: torch.Tensor = self.inner(x).relu() + 1
        return made


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCuda]:
    made = FakeCuda(lambda _: 0.25, capability=(9, 0))
    made.patch(monkeypatch)
    yield made
    torch._C._set_grad_enabled(True)


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return Net()


@pytest.fixture
def session(cuda: FakeCuda, net: Net) -> Iterator[GraphSession]:
    assert cuda.works == 0
    made = GraphSession(net, net, TARGET)
    yield made
    made._mode.__exit__(None, None, None)  # it is entered for the life of a process


def batch(value: float) -> dict[str, NDArray[np.float32]]:
    return {"x": np.full((2, 3), value, np.float32)}


def test_the_network_is_called_to_be_captured_and_then_replayed(
    session: GraphSession, net: Net
) -> None:
    first, second = session.bind(batch(1)), session.bind(batch(2))
    first()
    assert net.calls == cuda_graph.WARM_UPS + 1
    second()
    first()
    assert net.calls == cuda_graph.WARM_UPS + 1
    assert session._graph.replays == 3


@pytest.mark.parametrize("value", [1.0, -2.0, 5.0])
def test_a_replay_gives_what_the_network_gives_for_the_same_batch(
    session: GraphSession, net: Net, value: float
) -> None:
    session.bind(batch(7))()
    (found,) = session.outputs(batch(value))
    wanted = net(torch.from_numpy(batch(value)["x"])).numpy()
    assert np.allclose(found, wanted)


def test_what_waits_for_the_device_cannot_be_captured(session: GraphSession, net: Net) -> None:
    net.waits = True
    with pytest.raises(EngineError, match="cannot be captured as a CUDA graph: operation not perm"):
        session.bind(batch(1))()


def test_the_record_says_that_inputs_are_copied(session: GraphSession) -> None:
    assert "copied" in session.facts["cuda_graph"]
    assert session.stopwatch is not None


def test_a_part_without_a_graph_is_an_error(
    cuda: FakeCuda, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._dynamo.utils import counters

    session = InductorGraphSession(net, net, TARGET)
    session.synchronize()
    monkeypatch.setitem(counters, "inductor", {"cudagraph_skips": 2})
    with pytest.raises(EngineError, match="no CUDA graph of 2 parts"):
        session.synchronize()
    assert cuda.waits == 2
    session._mode.__exit__(None, None, None)
