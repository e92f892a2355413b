"""Made-up variants of one group with known numbers, for tests of choosing among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.choosing.choice import groups
from results.layout import table
from results.store import Run
from tests.results.made_up import EVEN, blocks, case, predicted, quantity, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from results.judging.row import Row
    from results.record import Record

IMAGES = 1000  # of the test set


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a variant shall measure."""

    time: float = 0.5  # over the baseline
    noise: float = 0.001  # half the width of the time's interval, relative
    mb: float = 300.0  # memory
    right: int = 950  # images; the first ones, so that two variants agree on as many as they can
    kb: float = 88.0  # file
    name: str = ""  # techniques; else v0, v1 and so on
    keeps_images: bool = True


def group(*variants: Made) -> tuple[Row, ...]:
    """A baseline of 300 MB, 950 images right and 88 KB, and the variants."""
    named = [(each.name or f"v{number}", each) for number, each in enumerate(variants)]
    records = [
        _record("dense", Made(time=1.0, noise=0.0), is_baseline=True),
        *(_record(name, each) for name, each in named),
    ]
    return rows(records)


def rows(records: Iterable[Record]) -> tuple[Row, ...]:
    """The rows of records that are one group."""
    (found,) = groups(table.rows(Run(records=tuple(records))))
    return found


def names(found: Iterable[Row]) -> list[str]:
    """Techniques alone."""
    return ["+".join(row.record.case.techniques) for row in found]


def _record(name: str, made: Made, *, is_baseline: bool = False) -> Record:
    spread = (0.0, 1.0, -1.0, 0.5, -0.5)  # Student's t makes of it an interval of about +- 1
    factors = EVEN if is_baseline else tuple(math.exp(made.noise * each) for each in spread)
    return record(
        case(name, "eager-fp32" if is_baseline else "onnxruntime-fp32", baseline=is_baseline),
        [
            quantity("host_peak_bytes", made.mb * 1e6),
            quantity("artifact_bytes", made.kb * 1e3),
            quantity("accuracy", made.right / IMAGES, n=IMAGES),
            quantity("throughput_per_s", 1000.0 / made.time),
        ],
        blocks(1e-3 * made.time, factors),
        predictions=predicted(made.right, IMAGES) if made.keeps_images else None,
    )
