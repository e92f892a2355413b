"""How near a case comes to what its device can do at most, both measured in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.judging.target import is_training

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.record import Record

PRODUCT, COPY = "limit_macs_per_s", "limit_bytes_per_s"
# A case's precision to the type that torch says it holds the weights in, where that is half as wide
# as in the file. Of other engines the file counts as it is: right of TensorRT's plans, and twice
# too much of ONNX Runtime's TensorRT provider in fp16.
CONVERTED = {"bf16": "bfloat16", "fp16": "float16"}
DEFINITION = (
    "Of limit: share of the multiply-accumulates per second that a large matrix product reached in "
    "the same process and precision."
)


def of_limit(record: Record) -> float | None:
    """Share of the multiply-accumulates per second that a large matrix product reaches.

    Zeros of a pruned network count as work, as they do in MACs. None where the limit was not
    measured: in precisions that torch has no product in, and on a CPU where torch did not run.
    """
    macs = record.value("macs")
    return None if macs is None else _share(record, macs * record.case.batch_size, PRODUCT)


def of_limit_bytes(record: Record) -> float | None:
    """Share of a large copy's bytes per second at which the weights alone are read, once a batch.

    What else is read, and all that is written, comes on top. None where the copy was not measured.
    """
    size = record.value("artifact_bytes")
    halved = record.facts.get("precision") == CONVERTED.get(record.case.precision, "")
    return None if size is None else _share(record, size / 2 if halved else size, COPY)


def notes(record: Record) -> Iterator[str]:
    """Yield a line where a limit is passed: it was not one, or a cache gave the weights."""
    reached = of_limit(record)
    if reached is not None and reached > 1:
        yield (
            f"{reached:.1f} times what a large matrix product reached: it was disturbed, or an "
            "algorithm such as Winograd's multiplies less often"
        )
    share = of_limit_bytes(record)
    if share is not None and share > 1:
        yield f"weights are read from a cache: at {share:.1f} times what a large copy reaches"


def _share(record: Record, done: float, limit: str) -> float | None:
    """Of the limit's amount per second, the share that is done in the mean time of a batch."""
    if is_training(record):  # its MACs are those of one inference, and a step does more
        return None
    most, mean_s = record.value(limit), record.value("latency_mean_s")
    return done / mean_s / most if most and mean_s else None
