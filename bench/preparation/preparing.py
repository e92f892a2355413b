"""Prepares the artifacts of a run: each one in a process of its own, each only once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bench import registry
from bench.availability import why_not
from bench.device.fork_safety import parts_hidden
from bench.workers.machine import allowed_cores
from bench.workers.remote import Failed, Reply, Skipped
from bench.workers.server_spec import PREPARATION, ServerSpec
from bench.workers.session import EngineError, Unavailable, short_reason
from models.errors import ImpossibleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Forks, Machine
    from results.record import Status

    Report = Callable[[str, float], None]

What = TypeVar("What")

SERVE = "bench.preparation.preparing:serve"
PLACE = ServerSpec(engine=PREPARATION, threads=1, replicate=0)
SILENCE_LIMIT_S = 900.0  # between two words of progress: an epoch, or quantising a large model


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An artifact, or why there is none, or why there will be no more than that."""

    artifact: Artifact | None = None
    status: Status = "measured"  # what the case is to be
    reason: str | None = None


def preload() -> None:
    """Import torch with its tracer and its compiler's front end, which exporting and counting need.

    Torch imports them a second late, when it first traces: each process would do it anew. Tracing,
    it asks whether there is a GPU.
    """
    import torch
    import torch._dynamo

    import models  # noqa: F401

    with parts_hidden():
        torch.export.export(torch.nn.Conv2d(1, 1, 1), (torch.zeros(1, 1, 1, 1),))


def serve(connection: Connection) -> None:
    """A worker's task: prepare one case after the other, with words of progress."""
    while True:
        case: Case = connection.recv()
        connection.send(reply(case, connection))


def reply(case: Case, connection: Connection) -> Reply:
    """What comes of preparing a case; words of progress are sent before it."""
    from bench.preparation.prepare import prepare

    try:
        made = prepare(case, lambda what, share: connection.send(Reply(progress=(what, share))))
    except (Unavailable, ImpossibleError) as reason:
        return Reply(skipped=str(reason))
    except (ValueError, EngineError) as error:  # the clear errors of what prepare calls
        return Reply(failed=str(error))
    except Exception as error:  # noqa: BLE001 - libraries raise what they like
        return Reply(failed=f"{type(error).__name__}: {short_reason(error)}")
    return Reply(value=made)


def prepare_all(cases: Sequence[Case], machine: Machine, report: Report) -> dict[str, Prepared]:
    """Prepare every case that can be had here, by id; those with the same artifact share it.

    Args:
        cases: in any order.
        machine: where processes come from.
        report: told what goes on, and how much of all is done, 0 to 1.
    """
    cores = len(allowed_cores())
    reasons = {case.id: why_not(case, cores) for case in cases}
    wanted = {artifact_of(case): case for case in cases if reasons[case.id] is None}
    made = prepare_each(wanted, lambda: machine.fork_server(PLACE), SERVE, report)
    return {
        case.id: _for(case, made[artifact_of(case)])
        if reasons[case.id] is None
        else Prepared(status="skipped", reason=reasons[case.id])
        for case in cases
    }


def _for(case: Case, made: Prepared) -> Prepared:
    """What was made, as it is for one of the cases that share it."""
    reason = registry.only_built(case.engine, case.device)
    is_last_step = reason is not None and made.artifact is not None
    return replace(made, status="built", reason=reason) if is_last_step else made


def prepare_each(
    requests: Mapping[What, object], fork_server: Callable[[], Forks], task: str, report: Report
) -> dict[What, Prepared]:
    """What comes of each of these requests, each in a process of its own."""
    made = {}
    for index, (what, request) in enumerate(requests.items()):
        made[what] = _prepared(fork_server(), task, request, _at(index, len(requests), report))
    return made


def _at(index: int, total: int, report: Report) -> Report:
    """What a step reports of itself, as a report of the whole.

    It is named before it says anything: what finds all of it in the cache says nothing, and
    hundreds of such take minutes.
    """
    share, place = index / total, f"{index + 1} of {total}"
    report(place, share)
    return lambda what, _share_of_step: report(f"{place}, {what}", share)


def artifact_of(case: Case) -> str:
    """Equal for cases whose artifact is the same."""
    engine = registry.engine(case.engine)
    techniques = "+".join(map(str, case.techniques))
    if case.scenario.task == "training":
        trained = f"trained in {case.precision}, batch size {case.batch_size}, {case.device}"
        return f"{case.scenario.file}: {case.model.name}+{techniques}, {trained}"
    form = engine.FORM
    kept = registry.quantiser(case.engine, case.precision) or "as it is"
    if hasattr(engine, "build"):
        form = f"{form}, built by {case.engine}"
        kept = f"{case.precision}, batch size {case.batch_size}, {case.device}"
    return f"{case.scenario.file}: {case.model.name}+{techniques}, {form}, {kept}"


def _prepared(fork_server: Forks, task: str, request: object, report: Report) -> Prepared:
    try:
        fork_server.ready()
        worker = fork_server.fork(task)
        try:
            return Prepared(artifact=worker.ask(request, SILENCE_LIMIT_S, report))
        finally:
            worker.close()
    except Failed as reason:
        return Prepared(status="failed", reason=str(reason))
    except Skipped as reason:
        return Prepared(status="skipped", reason=str(reason))
