"""TF32: whether this process rounds float32 to ten bits of mantissa before it multiplies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def allow(*, tf32: bool) -> None:
    """Say so of matrix products and of cuDNN's convolutions, which use TF32 unless they are told.

    By the older of torch's two names for it: torch.export and the compiler read that one, which
    raises where the newer one was set.
    """
    import torch

    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32


@contextmanager
def forbidden() -> Iterator[None]:
    """IEEE arithmetic inside; what torch was told before holds again afterwards."""
    import torch

    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    allow(tf32=False)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def told() -> str:
    """What torch was told, for the facts of a record."""
    import torch

    product = torch.backends.cuda.matmul.allow_tf32
    convolution = torch.backends.cudnn.allow_tf32
    return f"matrix products {_name(product)}, convolutions {_name(convolution)}"


def _name(allowed: bool) -> str:  # noqa: FBT001 - its only argument
    return "tf32" if allowed else "ieee"
