from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from bench.tensorrt.device import DTYPES, TorchDevice
from bench.workers.session import Unavailable
from tests.bench.fake_cuda import FakeCuda

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def of_capability(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], TorchDevice]:
    def device(major: int, minor: int) -> TorchDevice:
        FakeCuda(lambda _: 0.0, capability=(major, minor)).patch(monkeypatch)
        return TorchDevice("cuda:0")

    return device


def test_without_a_device_it_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="sees no CUDA device"):
        TorchDevice("cuda:0")


def test_it_has_a_stream_of_its_own(of_capability: Callable[[int, int], TorchDevice]) -> None:
    device = of_capability(9, 0)
    assert (device.title, device.handle) == ("Abacus 9000", 4711)
    assert device.stopwatch._stream is device._stream


@pytest.mark.parametrize(
    ("capability", "precision", "reason"),
    [
        ((7, 5), "fp32", None),
        ((7, 5), "int8", None),
        ((7, 5), "bf16", "bf16 needs compute capability 8.0, Abacus 9000 has 7.5"),
        ((7, 5), "tf32", "tf32 needs compute capability 8.0, Abacus 9000 has 7.5"),
        ((8, 0), "bf16", None),
        ((12, 0), "tf32", None),
    ],
)
def test_a_precision_without_arithmetic_of_its_own_has_a_reason(
    of_capability: Callable[[int, int], TorchDevice],
    capability: tuple[int, int],
    precision: str,
    reason: str | None,
) -> None:
    assert of_capability(*capability).why_not(precision) == reason


def test_every_type_is_one_of_torch() -> None:
    assert all(isinstance(getattr(torch, name), torch.dtype) for name in DTYPES.values())
