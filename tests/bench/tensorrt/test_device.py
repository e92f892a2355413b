from __future__ import annotations

import pytest
import torch

from bench.tensorrt.device import DTYPES, TorchDevice
from bench.workers.session import Unavailable
from tests.bench.fake_cuda import FakeCuda


def test_it_is_made_the_current_one_and_has_a_stream_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    cuda = FakeCuda(lambda _: 0.0, capability=(9, 0))
    cuda.devices = 2
    cuda.patch(monkeypatch)
    monkeypatch.setattr(torch.cuda, "set_device", made.append)
    device = TorchDevice("cuda:1", "bf16")
    assert made == ["cuda:1"]
    assert (device.title, device.handle) == ("Abacus 9000", 4711)
    assert device.capability == (9, 0)
    assert device.stopwatch._stream is device._stream


def test_a_precision_without_arithmetic_of_its_own_is_a_skip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeCuda(lambda _: 0.0, capability=(7, 5)).patch(monkeypatch)
    with pytest.raises(Unavailable, match=r"bf16 needs compute capability 8\.0, Abacus 9000 has"):
        TorchDevice("cuda:0", "bf16")
    assert TorchDevice("cuda:0", "int8").name == "cuda:0"


def test_every_type_is_one_of_torch() -> None:
    assert all(isinstance(getattr(torch, name), torch.dtype) for name in DTYPES.values())
