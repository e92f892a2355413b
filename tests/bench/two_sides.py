"""A scripted world with another checkout beside this one, and a machine that notes its ends."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.against import side, survey
from bench.against.comparison import Against, Outcome
from bench.preparation.preparing import artifact_of
from bench.workers.remote import Failed
from bench.workers.server_spec import HERE, Home
from tests.bench.fakes import scored
from tests.bench.world import FakeForkServer, FakeWorker, World, made_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine
    from bench.workers.server_spec import ServerSpec

ELSEWHERE = Home(checkout=Path("/elsewhere"), python="/elsewhere/bin/python")
OLD = "old "  # how the names of the other checkout's workers begin
QUESTION = survey.Question(scenarios=(), shipped=None, cases=(), engines=(), device="cpu")


@dataclass(slots=True)
class TwoSides(World):
    """What the other checkout has, and who was born where."""

    there: list[Case] = field(default_factory=list)  # its cases
    reasons: dict[str, str] = field(default_factory=dict)  # why it skips one, by id
    problems: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=survey.versions)
    refuses: str | None = None  # what its fork servers say instead of being ready
    made: Callable[[Artifact], Artifact] = lambda artifact: artifact
    places: list[ServerSpec] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    @contextmanager
    def open(self) -> Iterator[Machine]:
        """As this_machine."""
        self.opened += 1
        try:
            yield self.machine()
        finally:
            self.closed += 1

    def _fork_server(self, place: ServerSpec) -> FakeForkServer:
        self.places.append(place)
        if place.home == HERE:
            return FakeForkServer(self, place.engine, place.replicate)
        return OtherForkServer(self, place.engine, place.replicate)

    def artifact(self, case: Case) -> Artifact:
        """As the other checkout prepares it, with inputs of its own."""
        inputs = self.folder / "old inputs"
        inputs.mkdir(exist_ok=True)
        own = replace(scored(), sha256="fedcba9876543210" * 4)
        own.save(inputs)
        known = made_up(case, self.folder)
        facts = {"variant": OLD + known.facts["variant"]}
        return self.made(replace(known, inputs=str(inputs), facts=facts))


class OtherForkServer(FakeForkServer):
    """The other checkout's."""

    _world: TwoSides

    def ready(self) -> None:
        if self._world.refuses:
            raise Failed(self._world.refuses)

    def fork(self, task: str) -> FakeWorker:
        if task == survey.SERVE:
            return Surveyed(self._world, 0)
        assert task == "bench.workers.worker:serve"
        return FakeWorker(self._world, self._replicate)


class Surveyed(FakeWorker):
    """Says what the other checkout has, and prepares it."""

    _world: TwoSides

    def ask(
        self,
        request: object,
        limit_s: float,  # noqa: ARG002 - as the Protocol says
        progress: Callable[[str, float], None] | None = None,
    ) -> Any:  # noqa: ANN401 - as the Protocol says
        world = self._world
        if isinstance(request, survey.Question):
            return survey.Survey(
                cases={
                    case.id: survey.Found(
                        artifact=artifact_of(case), why_not=world.reasons.get(case.id)
                    )
                    for case in world.there
                },
                problems=world.problems,
                libraries=world.libraries,
            )
        assert isinstance(request, survey.Prepare)
        (case,) = (case for case in world.there if case.id == request.case)
        world.meet(f"prepare {OLD}{case.id}", request)
        if progress:
            progress("making it up", 0.5)
        return world.artifact(case)


class Shown:
    """A sink that keeps what it is shown."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str]] = []

    def show(self, share: float, text: str) -> None:
        self.lines.append((share, text))

    def close(self) -> None:
        pass


def compared(
    world: TwoSides, cases: Sequence[Case], *, margin: float = 0.01, sink: Shown | None = None
) -> Outcome:
    """What comes of comparing these cases of ours with what there is."""
    base = side.There(name="1b44aa2", title="main~1", home=ELSEWHERE, question=QUESTION)
    head = side.Here(name="0000000+", title="the working tree", cases=cases)
    margins = {case.scenario.name: margin for case in cases}
    return Against(base, world.open, margins, sink or Shown()).run(head, cases)
