"""Data wait: the share of a training step in which its batch is fetched and nothing is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.training.session import TrainingSession
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.workers.worker import Bench

DATA_WAIT = Metric(name="data_wait_share", unit="", better="lower")
WINDOW_S = 0.2  # dozens of steps of a small network, and more than worker processes are ahead


def missing(_device: str) -> str | None:
    """Never missing: it is the host that waits."""
    return None


def quantities(bench: Bench) -> Iterator[Quantity]:
    """Yield the share, 0 to 1, of steps that wait for the device before and after the fetching."""
    if isinstance(bench.session, TrainingSession):
        fetching_s, total_s = bench.session.waiting(WINDOW_S)
        yield Quantity(metric=DATA_WAIT, value=fetching_s / total_s)
