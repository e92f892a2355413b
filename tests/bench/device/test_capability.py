from __future__ import annotations

import pytest

from bench.device import capability


@pytest.mark.parametrize(
    ("precision", "has", "can"),
    [
        ("fp32", (6, 0), True),
        ("fp16", (7, 0), True),
        ("bf16", (7, 5), False),
        ("tf32", (8, 0), True),
        ("fp8", (8, 6), False),
        ("fp8", (8, 9), True),
        ("fp8", (12, 0), True),
    ],
)
def test_a_precision_needs_arithmetic_of_its_own(
    precision: str,
    has: tuple[int, int],
    can: bool,  # noqa: FBT001
) -> None:
    assert (capability.why_not(precision, has, "Abacus 9000") is None) is can
