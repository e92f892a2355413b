from __future__ import annotations

import pytest
import torch

from bench.device.opened import open_device, wake
from bench.workers.session import Unavailable
from tests.bench.fake_cuda import FakeCuda


def test_the_device_becomes_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    cuda = FakeCuda(lambda _: 0.0, capability=(8, 0))
    cuda.devices = 2
    cuda.patch(monkeypatch)
    monkeypatch.setattr(torch.cuda, "set_device", made.append)
    open_device("cuda:1", "bf16")
    assert made == ["cuda:1"]


def test_what_it_has_no_arithmetic_for_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCuda(lambda _: 0.0, capability=(7, 5)).patch(monkeypatch)
    with pytest.raises(Unavailable, match="bf16 needs compute capability"):
        open_device("cuda:0", "bf16")


def test_without_a_device_it_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="sees no CUDA device"):
        open_device("cuda:0", "fp32")


@pytest.mark.parametrize(("devices", "seen"), [(1, "cuda:0 alone"), (4, "cuda:0 to cuda:3")])
def test_a_number_that_no_device_has_is_a_skip(
    monkeypatch: pytest.MonkeyPatch, devices: int, seen: str
) -> None:
    cuda = FakeCuda(lambda _: 0.0, capability=(8, 0))
    cuda.devices = devices
    cuda.patch(monkeypatch)
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        torch.cuda.set_device("cuda:4")  # which says neither what there is nor what was asked for
    with pytest.raises(Unavailable, match=f"there is no cuda:4: this process sees {seen}"):
        open_device("cuda:4", "fp32")
    wake("cuda:4")  # the cases say so themselves
    assert cuda.waits == 0


def test_a_device_is_woken_by_something_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, int]] = []
    cuda = FakeCuda(lambda _: 0.0, capability=(8, 0))
    cuda.devices = 2
    cuda.patch(monkeypatch)
    moves = lambda tensor, device: made.append((device, tensor.numel()))  # noqa: E731 - a method
    monkeypatch.setattr(torch.Tensor, "to", moves)
    wake("cuda:1")
    assert made == [("cuda:1", 1)]  # of nothing torch would make no context
    assert cuda.waits == 1


def test_without_a_device_nothing_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    wake("cuda:0")  # the cases say themselves that there is none
