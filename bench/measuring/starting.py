"""Where the workers of one replicate come from: its nurseries, and those started beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench import registry
from bench.workers.birthplace import Birthplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.case import Case
    from bench.workers.machine import Forks, Machine


def birthplace(case: Case, replicate: int) -> Birthplace:
    """Where a worker of this case is forked in this replicate."""
    return Birthplace(
        engine=registry.nursery_of(case.engine, case.device),
        threads=case.threads,
        replicate=replicate,
        home=case.home,
    )


def start(machine: Machine, cases: Iterable[Case], replicate: int) -> dict[Birthplace, Forks]:
    """The nurseries of a replicate, together: much of their start is waiting for the disk."""
    places = dict.fromkeys(birthplace(case, replicate) for case in cases)
    return {place: machine.nursery(place) for place in places}


def start_ahead(
    machine: Machine, places: Iterable[Birthplace], replicate: int, planned: int
) -> list[Forks]:
    """Nurseries of the replicates after this one, as many as have a core each beside these.

    Every replicate has nurseries of its own all the same; they only wait for it, doing nothing. To
    be called before anything is measured, and to be waited for.

    Args:
        machine: the world.
        places: those of this replicate.
        replicate: its number.
        planned: how many replicates there will be.
    """
    return [
        machine.nursery(place) for place in _ahead(machine.starts, list(places), replicate, planned)
    ]


def _ahead(
    starts: int, places: list[Birthplace], replicate: int, planned: int
) -> Iterator[Birthplace]:
    """Places of whole replicates, when this one is the first of those that fit side by side."""
    at_once = max(1, starts // max(1, len(places)))
    if replicate % at_once == 0:
        for number in range(replicate + 1, min(replicate + at_once, planned)):
            yield from (replace(place, replicate=number) for place in places)
