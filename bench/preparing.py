"""Prepares the artifacts of a run: each one in a process of its own, each only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import registry
from bench.birthplace import Birthplace
from bench.remote import Failed, Reply, Skipped
from bench.session import Unavailable, short_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from bench.artifact import Artifact
    from bench.case import Case
    from bench.machine import Forks, Machine
    from results.record import Status

    Report = Callable[[str, float], None]

SERVE = "bench.preparing:serve"
# Its nursery has torch, which whatever is exported or counted needs.
PLACE = Birthplace(engine="eager", threads=1, replicate=0)
SILENCE_LIMIT_S = 900.0  # between two words of progress: an epoch, or quantising a large model


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An artifact, or why there is none."""

    artifact: Artifact | None = None
    status: Status = "measured"
    reason: str | None = None


def serve(connection: Connection) -> None:
    """A worker's task: prepare one case after the other, with words of progress."""
    from bench.prepare import prepare

    while True:
        case: Case = connection.recv()
        try:
            made = prepare(case, lambda what, share: connection.send(Reply(progress=(what, share))))
            reply = Reply(value=made)
        except Unavailable as reason:
            reply = Reply(skipped=str(reason))
        except ValueError as error:  # the clear errors of the files that prepare calls
            reply = Reply(failed=str(error))
        except Exception as error:  # noqa: BLE001 - libraries raise what they like
            reply = Reply(failed=f"{type(error).__name__}: {short_reason(error)}")
        connection.send(reply)


def prepare_all(cases: Sequence[Case], machine: Machine, report: Report) -> dict[str, Prepared]:
    """Prepare every case, by id; cases that need the same artifact share it.

    Args:
        cases: in any order.
        machine: where processes come from.
        report: told what goes on, and how much of all is done, 0 to 1.
    """
    made: dict[object, Prepared] = {}
    wanted = {_what(case): case for case in cases}
    for index, (what, case) in enumerate(wanted.items()):
        share = index / len(wanted)
        made[what] = _prepared(machine.nursery(PLACE), case, _at(share, report))
    return {case.id: made[_what(case)] for case in cases}


def _at(share: float, report: Report) -> Report:
    """What a step reports of itself, as a report of the whole."""
    return lambda what, _share_of_step: report(what, share)


def _what(case: Case) -> object:
    """Equal for cases whose artifact is the same."""
    form = registry.engine(case.engine).FORM
    return case.scenario.file, case.techniques, form, case.precision == "int8"


def _prepared(nursery: Forks, case: Case, report: Report) -> Prepared:
    try:
        nursery.ready()
        worker = nursery.fork(SERVE)
        try:
            return Prepared(artifact=worker.ask(case, SILENCE_LIMIT_S, report))
        finally:
            worker.close()
    except Failed as reason:
        return Prepared(status="failed", reason=str(reason))
    except Skipped as reason:
        return Prepared(status="skipped", reason=str(reason))
