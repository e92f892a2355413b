from __future__ import annotations

import pytest

from bench.device.use import Use


@pytest.mark.parametrize(
    ("used_bytes", "share", "is_shared"),
    [
        (600_000_000, 0.0, False),  # the driver alone
        (600_000_000, 0.97, True),
        (60_000_000_000, 0.0, True),  # a neighbour who idles for a moment
        (60_000_000_000, None, True),
        (None, 0.0, False),
        (None, 0.97, True),
        (None, None, False),
    ],
)
def test_others_are_known_by_time_or_by_memory(
    *, used_bytes: int | None, share: float | None, is_shared: bool
) -> None:
    assert Use(used_bytes=used_bytes, share=share).is_shared is is_shared


def test_what_is_not_told_is_said_to_be_unknown() -> None:
    unknown = Use(used_bytes=None, share=None)
    assert str(unknown) == "an unknown share of the time, an unknown amount"
    assert str(Use(used_bytes=600_000_000, share=0.25)) == "25% of the time, 0.6 GB"
