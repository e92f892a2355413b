"""What is known of a network trained anew with other seeds: how much of its accuracy is luck."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from results.record import Record

FACT = "seeds"  # of a record: "3: 90.7 ± 0.2 %", "1", or "none" of weights without labels
STORED = re.compile(r"(\d+)(?:: (\d+(?:\.\d+)?) ± (\d+(?:\.\d+)?) %)?")
NAME = "over seeds"  # of its column
DEFINITION = (
    "Over seeds: test accuracy of the same network trained with so many seeds, mean and standard "
    "deviation, before any engine rounds it; where it is empty, one seed is known."
)
ONE = (
    "Accuracies are those of one training each, with one seed: how far another seed would move "
    "them is not known."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Test accuracies of trainings that differ in their seeds alone."""

    seeds: int
    mean: float | None  # fraction of the test set; None of one seed
    deviation: float | None  # standard deviation of one training, a fraction


def spread(record: Record) -> Spread | None:
    """What a record says; None where it says nothing, as weights without labels do."""
    stored = STORED.fullmatch(record.facts.get(FACT, ""))
    if stored is None:
        return None
    seeds, mean, deviation = stored.groups()
    return Spread(
        seeds=int(seeds),
        mean=float(mean) / 100.0 if mean else None,
        deviation=float(deviation) / 100.0 if deviation else None,
    )


def notes(records: Sequence[Record], shown: Collection[str]) -> Iterator[str]:
    """What readers have to know of seeds below a table with these columns."""
    known = [found.seeds for record in records if (found := spread(record))]
    if NAME in shown:
        yield DEFINITION
    elif known and max(known) == 1:
        yield ONE
