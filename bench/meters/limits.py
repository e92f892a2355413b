"""Limits of the device: what a large matrix product, in the case's precision, and a copy reach.

On a CPU only where torch runs the case: importing it elsewhere would take longer than measuring.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.device import ceilings
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.workers.worker import Bench

PRODUCT = Metric(name="limit_macs_per_s", unit="1/s", better="neither")
COPY = Metric(name="limit_bytes_per_s", unit="B/s", better="neither")


def missing(_device: str) -> str | None:
    """Never missing: every device multiplies and copies."""
    return None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield multiply-accumulates and bytes per second, each of the fastest of ten turns.

    Nothing where the case has left a GPU no room for it: what was measured of the case stands.
    """
    if bench.target is None or "torch" not in sys.modules:
        return
    device, precision = bench.target.device, bench.target.precision
    if not ceilings.fit(device):
        return
    try:
        product = ceilings.macs_per_s(device, precision)
        copy = ceilings.bytes_per_s(device)
    finally:
        ceilings.give_back(device)
    if product is not None:
        yield Quantity(metric=PRODUCT, value=product, n=ceilings.TURNS)
    yield Quantity(metric=COPY, value=copy, n=ceilings.TURNS)
