"""What a device can do at most, measured where it is asked: a large matrix product and a copy.

A roofline (Williams et al. 2009) has these two lines. The fastest of several turns is taken, as a
limit is what is nearly reached, not what is usual. Values are random: an H200 multiplies zeros
13 % faster.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from bench.device import queued, tf32
from bench.device.stopwatch import TorchStopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

# Precisions of which torch has a product: to its types. int8 and fp8 need scales of their own.
DTYPES = {"fp32": "float32", "tf32": "float32", "bf16": "bfloat16", "fp16": "float16"}
TURNS = 10
MATRICES = 3  # at once, at most: the values drawn, those in the case's precision, the product
COLUMNS = 8  # of the images that stand for a matrix; its rows are divisible by them


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large is large, on one kind of device."""

    rows: int  # of the square matrices
    copied_bytes: int  # beyond every cache


SIZES = {
    # Both hide the cost of a call; a product on one core takes 10 ms, a copy leaves its caches.
    "cpu": Sizes(rows=768, copied_bytes=1 << 26),
    "cuda": Sizes(rows=8192, copied_bytes=1 << 30),
}


def fit(device: str) -> bool:
    """Whether there is room for both; on a GPU that has none left, trying would end the worker."""
    import torch

    if device == "cpu":
        return True
    sizes = SIZES["cuda"]
    needed_bytes = MATRICES * sizes.rows**2 * torch.float32.itemsize + 2 * sizes.copied_bytes
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return free_bytes > needed_bytes


def macs_per_s(device: str, precision: str) -> float | None:
    """Multiply-accumulates per second of a matrix product; None in a precision without one.

    Torch is told what float32 is, as it is where it runs the case, and stays so: elsewhere nobody
    else computes with it.
    """
    import torch

    if precision not in DTYPES:
        return None
    rows = SIZES[device.partition(":")[0]].rows
    tf32.allow(tf32=precision == "tf32")
    # Drawn on the device: 67 million values would take one core of the host a second.
    values = torch.empty(0).to(device).new_empty(rows, rows).normal_()
    matrix = values.to(getattr(torch, DTYPES[precision]))
    out = torch.empty_like(matrix)
    fastest_s = _fastest_s(device, lambda: torch.mm(matrix, matrix, out=out))
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if device == "cpu" and precision == "fp32" and has_onednn:
        fastest_s = min(fastest_s, _fastest_s(device, _by_onednn(matrix)))
    return rows**3 / fastest_s


def give_back(device: str) -> None:
    """Let others have the memory that torch's allocator keeps of what was measured here.

    On a GPU that is 2.5 GiB a process, which would lie there until the replicate ends. The host's
    is glibc's affair.
    """
    import torch

    if device != "cpu":
        torch.cuda.empty_cache()


def _by_onednn(matrix: Tensor) -> Callable[[], object]:
    """The same product as a 1x1 convolution in oneDNN's own layout.

    torch.mm calls MKL, which on an EPYC with AVX-512 reached half of it.
    """
    import torch

    rows = len(matrix)
    images = matrix.reshape(1, rows, -1, COLUMNS).to_mkldnn()
    weights = matrix.reshape(rows, rows, 1, 1).to_mkldnn()
    return lambda: torch.nn.functional.conv2d(images, weights)


def bytes_per_s(device: str) -> float:
    """Bytes per second of a copy within the device's memory, those read and those written."""
    import torch

    size = SIZES[device.partition(":")[0]].copied_bytes
    source = torch.empty(0).to(device).new_ones(size // 4)
    target = torch.empty_like(source)
    return 2 * size / _fastest_s(device, lambda: target.copy_(source))


def _fastest_s(device: str, call: Callable[[], object]) -> float:
    """Of one call, by the device's own clock where it has one; the first one warms up."""
    call()
    if device != "cpu":
        import torch

        timer = TorchStopwatch(device)
        waits = lambda: torch.cuda.synchronize(device)  # noqa: E731 - named for the line below
        return min(queued.each_s(timer, repeat(call), TURNS, waits))
    durations_s = []
    for _ in range(TURNS):
        started_s = time.perf_counter()
        call()
        durations_s.append(time.perf_counter() - started_s)
    return min(durations_s)
