"""Which variant of several is preferred where each would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from results.choosing.better import is_faster, needs_less, speed
from results.judging.references import DENSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from results.choosing.better import Better, Margins
    from results.judging.row import Row

FASTER = "it is faster"
ALIKE = "its name comes first"  # where nothing else tells two apart


def preferred(rows: Sequence[Row], margins: Margins) -> Row:
    """The one that is left when each preference in turn has removed what is beaten in it.

    All are held against all, and not each against the next: what cannot be told apart is alike
    pair by pair, and a choice among pairs would depend on their order. The rows have a time.
    """
    left = list(rows)
    for better in _preferences(margins).values():
        left = [row for row in left if not any(better(other, row) for other in left)]
    return min(left, key=lambda row: row.record.case.id)


def deciding(pick: Row, runner_up: Row, margins: Margins) -> str:
    """The first preference that tells apart the preferred row and the one that is so without it.

    It is the pick's: without the pick, the runner-up would have been preferred to all others.
    """
    order = _preferences(margins)
    return next((why for why, better in order.items() if better(pick, runner_up)), ALIKE)


def _preferences(margins: Margins) -> Mapping[str, Better]:
    """What one variant is preferred to another for, the most important first.

    Nothing is lost by the slower one of two whose times cannot be told apart: accuracy is, however
    little, and then what running it takes, and what it is made of.
    """
    return {
        FASTER: lambda one, other: is_faster(one, other, margins.time),
        "its accuracy is higher": _by(lambda row: -(row.record.value("accuracy") or 0.0)),
        "it needs less memory": lambda one, other: needs_less(one, other, margins.memory),
        "its file is smaller": _by(lambda row: _or_most(row.record.value("artifact_bytes"))),
        "it has fewer techniques": _by(_techniques),
        "it was faster as measured": _by(lambda row: speed(row)[0]),
    }


def _by(key: Callable[[Row], float]) -> Better:
    """Better is whatever has the smaller key."""
    return lambda one, other: key(one) < key(other)


def _or_most(value: float | None) -> float:
    """What was not measured is preferred to nothing."""
    return math.inf if value is None else value


def _techniques(row: Row) -> int:
    techniques = row.record.case.techniques
    return 0 if techniques == DENSE else len(techniques)
