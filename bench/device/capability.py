"""Which precisions a GPU has arithmetic for, by its compute capability.

The numbers are those of the CUDA C++ Programming Guide ("Arithmetic Instructions") and of NVIDIA's
architecture papers: TF32 and bf16 came with Ampere (8.0), fp8 with Ada (8.9), structured sparsity
with Ampere. Older GPUs would emulate or refuse.
"""

from __future__ import annotations

LEAST = {"tf32": (8, 0), "bf16": (8, 0), "fp8": (8, 9)}


def why_not(precision: str, has: tuple[int, int], title: str) -> str | None:
    """The reason why a GPU cannot compute in a precision, or None.

    >>> why_not("bf16", (7, 5), "Tesla T4")
    'bf16 needs compute capability 8.0, Tesla T4 has 7.5'
    """
    needs = LEAST.get(precision, (0, 0))
    if has >= needs:
        return None
    least, own = (".".join(map(str, capability)) for capability in (needs, has))
    return f"{precision} needs compute capability {least}, {title} has {own}"
