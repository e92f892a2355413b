from __future__ import annotations

import pytest
import torch

from bench.device import ceilings
from bench.device.ceilings import Sizes
from tests.bench.fake_cuda import FakeCuda

SMALL = Sizes(rows=8, copied_bytes=64)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    made = FakeCuda(lambda n: 0.5 if n == 7 else 1.0, capability=(9, 0))
    made.patch(monkeypatch)
    monkeypatch.setattr(ceilings, "SIZES", {"cpu": SMALL, "cuda": SMALL})
    return made


def test_on_a_gpu_the_fastest_turn_by_its_own_clock_counts(
    cuda: FakeCuda, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = torch.mm

    def product(*args: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        cuda.work()
        return real(*args, out=out)

    monkeypatch.setattr(torch, "mm", product)
    assert ceilings.macs_per_s("cuda:0", "bf16") == 8**3 / 0.5


@pytest.mark.usefixtures("cuda")
def test_fp32_is_multiplied_as_it_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    real = torch.mm

    def product(*args: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        seen.append(torch.get_float32_matmul_precision())
        return real(*args, out=out)

    monkeypatch.setattr(torch, "mm", product)
    for precision in ("tf32", "fp32"):
        ceilings.macs_per_s("cpu", precision)
    assert seen == ["high"] * 11 + ["highest"] * 11


@pytest.mark.usefixtures("cuda")
def test_a_copy_counts_what_is_read_and_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "_fastest_s", lambda _device, call: call() is None or 0.5)
    assert ceilings.bytes_per_s("cpu") == 2 * 64 / 0.5


def test_on_a_cpu_onednn_may_be_the_faster_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "SIZES", {"cpu": SMALL})
    took_s = iter([0.5, 0.25])
    monkeypatch.setattr(
        ceilings, "_fastest_s", lambda _device, call: next(took_s) if call() is not None else None
    )
    assert ceilings.macs_per_s("cpu", "fp32") == 8**3 / 0.25


def test_the_convolution_is_the_same_product() -> None:
    matrix = torch.randn(16, 16)
    found = ceilings._by_onednn(matrix)()
    assert isinstance(found, torch.Tensor)
    torch.testing.assert_close(found.to_dense().reshape(16, 16), matrix @ matrix)


@pytest.mark.parametrize(("free_bytes", "fits"), [(3 * 8**2 * 4 + 2 * 64, False), (900, True)])
def test_a_gpu_needs_room_for_the_matrices_and_the_copy(
    cuda: FakeCuda, free_bytes: int, *, fits: bool
) -> None:
    cuda.free_bytes = free_bytes
    assert ceilings.fit("cuda:0") is fits
    assert ceilings.fit("cpu")


def test_int8_has_no_product_here() -> None:
    assert ceilings.macs_per_s("cpu", "int8") is None
