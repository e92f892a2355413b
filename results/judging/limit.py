"""How near a case comes to what its device can do at most, both measured in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.judging.target import is_training

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.record import Record

DEFINITION = (
    "Of limit: share of the multiply-accumulates per second that a large matrix product reached in "
    "the same process and precision."
)


def of_limit(record: Record) -> float | None:
    """Share of the multiply-accumulates per second that a large matrix product reaches.

    Zeros of a pruned network count as work, as they do in MACs. None where the limit was not
    measured: in precisions that torch has no product in, and on a CPU where torch did not run.
    """
    return _share(record, "macs", "limit_macs_per_s", record.case.batch_size)


def bandwidth(record: Record) -> float | None:
    """Share of a large copy's bytes per second at which weights alone would have to be read."""
    return _share(record, "artifact_bytes", "limit_bytes_per_s", 1)


def notes(record: Record) -> Iterator[str]:
    """Yield a line where a limit is passed: it was not one, or a cache gave the weights."""
    reached = of_limit(record)
    if reached is not None and reached > 1:
        yield (
            f"{reached:.1f} times what a large matrix product reached: it was disturbed, or an "
            "algorithm such as Winograd's multiplies less often"
        )
    share = bandwidth(record)
    if share is not None and share > 1:
        yield f"weights are read from a cache: at {share:.1f} times what a large copy reaches"


def _share(record: Record, work: str, limit: str, times: int) -> float | None:
    if is_training(record):  # its MACs are those of one inference, and a step does more
        return None
    done, most, mean_s = (record.value(name) for name in (work, limit, "latency_mean_s"))
    if done is None or not most or not mean_s:
        return None
    return times * done / mean_s / most
