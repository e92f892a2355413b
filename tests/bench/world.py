"""A world without time or processes: scripted sessions behind the real code of bench."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bench import registry
from bench.case import Case
from bench.measuring import yardstick
from bench.preparation.artifact import Artifact
from bench.workers import requests, worker
from bench.workers.machine import Machine
from bench.workers.remote import Gone
from bench.workers.warm_up import warm_up
from tests.bench import loops
from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession, scored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.workers.server_spec import ServerSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How some workers behave."""

    who: str  # a pattern for names such as "simple_cnn+dense/eager-fp32/b1", or "yardstick"
    duration_s: Callable[[int], float]  # of a call, by replicate
    error: float = 0.0  # added to the score of the first class


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What some workers raise instead of an answer."""

    who: str
    error: BaseException
    on: type[object]  # the kind of request
    number: int | None  # how many of that kind the workers of that name had before; None: each


@dataclass(slots=True)
class World:
    """Scripts, faults and the clock behind a Machine; the last script that fits is taken."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    room: int = 1_000  # workers that fit into memory
    starts: int = 1  # fork servers that can start at once
    asked: list[tuple[str, object]] = field(default_factory=list)  # every request, in order
    limits_s: set[float] = field(default_factory=set)  # that were set for answers
    started: list[tuple[str, int, int]] = field(default_factory=list)  # fork servers asked for
    live: list[FakeWorker] = field(default_factory=list)
    most_live: int = 0
    scripts: list[Script] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def takes(
        self, who: str, duration_s: float | Callable[[int], float], *, error: float = 0.0
    ) -> None:
        """Have calls of these last so long, in every replicate or by replicate."""
        script = duration_s if callable(duration_s) else lambda _replicate: duration_s
        self.scripts.append(Script(who=who, duration_s=script, error=error))

    def breaks(
        self,
        who: str,
        error: BaseException,
        *,
        on: type[object] = requests.Load,
        number: int | None = None,
    ) -> None:
        """Have these raise when they are asked this."""
        self.faults.append(Fault(who=who, error=error, on=on, number=number))

    def machine(self) -> Machine:
        """This world, as measuring sees it."""
        inputs = self.folder / "inputs"
        inputs.mkdir(parents=True, exist_ok=True)
        scored().save(inputs)
        return Machine(
            fork_server=self._fork_server,
            cores=lambda threads: tuple(range(threads)),
            free_memory=lambda _device: 0.9 if len(self.live) < self.room else 0.01,
            folder=self.folder,
            starts=self.starts,
        )

    def blocks(self) -> list[str]:
        """Whose blocks were timed, in order."""
        return [name for name, request in self.asked if isinstance(request, requests.Time)]

    def _fork_server(self, place: ServerSpec) -> FakeForkServer:
        self.started.append((place.engine, place.threads, place.replicate))
        return FakeForkServer(self, place.engine, place.replicate)

    def session(self, name: str, replicate: int, slowdown: float) -> ScriptedSession:
        """The session of a worker with this name, each call longer by a share."""
        fitting = [script for script in self.scripts if fnmatchcase(name, script.who)]
        script = fitting[-1] if fitting else Script(who="*", duration_s=lambda _: TICK_S)
        duration_s = script.duration_s(replicate) * (1.0 + slowdown)
        return ScriptedSession(self.clock, lambda _: duration_s, error=script.error)

    def meet(self, name: str, request: object) -> None:
        """Note the request, and raise what was scripted for it."""
        before = sum(who == name and type(one) is type(request) for who, one in self.asked)
        self.asked.append((name, request))
        for fault in self.faults:
            fits = isinstance(request, fault.on) and fnmatchcase(name, fault.who)
            if fits and fault.number in (None, before):
                raise fault.error


class Ready:
    """The question whether a fork server can fork, as a kind of request."""


class FakeForkServer:
    """Implements bench.workers.machine.Forks."""

    def __init__(self, world: World, engine: str, replicate: int) -> None:
        self._world = world
        self._engine = engine
        self._replicate = replicate

    def ready(self) -> None:
        self._world.meet(self._engine, Ready())

    def fork(self, task: str) -> FakeWorker:
        assert task in {"bench.workers.worker:serve", "bench.preparation.preparing:serve"}
        return FakeWorker(self._world, self._replicate)


class FakeWorker:
    """Implements remote.WorkerHandle with the real Bench and the real warm-up, in this process."""

    def __init__(self, world: World, replicate: int) -> None:
        self.name = ""
        self._world = world
        self._replicate = replicate
        self._bench: worker.Bench | None = None
        self._dead = False
        world.live.append(self)
        world.most_live = max(world.most_live, len(world.live))

    def ask(
        self,
        request: object,
        limit_s: float,
        progress: Callable[[str, float], None] | None = None,
    ) -> Any:  # noqa: ANN401 - as the Protocol says
        self._world.limits_s.add(limit_s)
        if self._dead:
            self._world.asked.append((self.name, request))
            msg = "the worker is gone already"
            raise Gone(msg)
        self.name = name_of(request) or self.name
        try:
            self._world.meet(self.name, request)
        except BaseException as error:
            beside = isinstance(request, requests.Measure | requests.Predict)
            self._dead = isinstance(error, Gone) or not beside
            raise
        if isinstance(request, Case):
            if progress:
                progress("making it up", 0.5)
            return made_up(request, self._world.folder)
        if isinstance(request, requests.Wake | requests.Prewarm):
            return None
        if isinstance(request, requests.Load | requests.LoadYardstick):
            return self._load(request)
        assert self._bench is not None
        return self._bench.answer(request)

    def _load(self, request: requests.Load | requests.LoadYardstick) -> requests.Loaded:
        inputs, batch_size, slowdown, batches = yardstick.INPUTS, 1, None, 1
        if isinstance(request, requests.Load):
            inputs, batch_size = scored(), request.target.batch_size
            slowdown = request.slowdown
            batches = (request.artifact.training or {"batches_per_step": 1})["batches_per_step"]
        session = self._world.session(self.name, self._replicate, slowdown or 0.0)
        self._bench = worker.Bench(
            session, inputs, batch_size, self._world.clock, batches_per_call=batches
        )
        first_s = self._bench.first()
        return requests.Loaded(
            facts={**session.facts, "clock": "fake"},
            load_s=100 * TICK_S,
            first_inference_s=first_s,
            warm_up=warm_up(self._bench.window),
        )

    def close(self) -> None:
        if self in self._world.live:
            self._world.live.remove(self)


def name_of(request: object) -> str | None:
    """Who is meant by a request that begins something."""
    if isinstance(request, requests.LoadYardstick):
        return "yardstick"
    if isinstance(request, requests.Wake):
        return f"wake {request.device}"
    if isinstance(request, requests.Prewarm):
        return f"prewarm {name_of(request.load)}"
    if isinstance(request, Case):
        return f"prepare {request.id}"
    if isinstance(request, requests.Load):
        target = request.target
        variant = request.artifact.facts["variant"]
        twin = "" if request.slowdown is None else "/twin"
        return f"{variant}/{request.engine}-{target.precision}/b{target.batch_size}{twin}"
    return None


def made_up(case: Case, folder: Path) -> Artifact:
    """An artifact that no engine could load."""
    form = registry.engine(case.engine).FORM
    trained = loops.of(case, folder) if case.scenario.task == "training" else None
    return Artifact(
        training=trained,
        path=str(folder / f"{case.variant}.{form}"),
        inputs=str(folder / "inputs"),
        size_bytes=4096,
        params=1000,
        nonzero_params=900,
        macs=50_000,
        facts={"variant": case.variant, **(loops.facts(case) if trained else {})},
    )
