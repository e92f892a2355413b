"""Where the workers of one replicate come from: its fork servers, and those started beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench import registry
from bench.workers.server_spec import ServerSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.case import Case
    from bench.workers.machine import Forks, Machine


def server_spec(case: Case, replicate: int) -> ServerSpec:
    """Where a worker of this case is forked in this replicate."""
    return ServerSpec(
        engine=registry.fork_server_of(case.engine, case.device),
        threads=case.threads,
        replicate=replicate,
        home=case.home,
    )


def start(machine: Machine, cases: Iterable[Case], replicate: int) -> dict[ServerSpec, Forks]:
    """The fork servers of a replicate, together: much of their start is waiting for the disk."""
    places = dict.fromkeys(server_spec(case, replicate) for case in cases)
    return {place: machine.fork_server(place) for place in places}


def start_ahead(
    machine: Machine, places: Iterable[ServerSpec], replicate: int, planned: int
) -> list[Forks]:
    """Fork servers of the replicates after this one, as many as have a core each beside these.

    Every replicate has fork servers of its own all the same; they only wait for it, doing nothing.
    To be called before anything is measured, and to be waited for.

    Args:
        machine: the world.
        places: those of this replicate.
        replicate: its number.
        planned: how many replicates there will be.
    """
    return [
        machine.fork_server(place)
        for place in _ahead(machine.starts, list(places), replicate, planned)
    ]


def _ahead(
    starts: int, places: list[ServerSpec], replicate: int, planned: int
) -> Iterator[ServerSpec]:
    """Places of whole replicates, when this one is the first of those that fit side by side."""
    at_once = max(1, starts // max(1, len(places)))
    if replicate % at_once == 0:
        for number in range(replicate + 1, min(replicate + at_once, planned)):
            yield from (replace(place, replicate=number) for place in places)
