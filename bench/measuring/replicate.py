"""One replicate of a group: fresh workers, loaded one after the other, timed in turns."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bench.device import failure
from bench.measuring import passes, schedule, starting
from bench.measuring.budget import BLOCK_S
from bench.measuring.loading import NoRoomError, load_all
from bench.measuring.scope import EVERYTHING
from bench.workers import requests
from bench.workers.remote import Failed, Skipped
from results.record import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.measuring.budget import Effort
    from bench.measuring.scope import Scope
    from bench.measuring.tally import Tally
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Forks, Machine
    from bench.workers.remote import WorkerHandle
    from bench.workers.server_spec import ServerSpec

Answer = TypeVar("Answer")

SERVE = "bench.workers.worker:serve"
MEMORY_RESERVE = 0.15  # share of the machine's memory that loading workers leaves alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A live worker, and where what it answers goes."""

    asked: WorkerHandle
    limit_s: float
    blocks: list[Block]
    passes: int
    tally: Tally | None  # None: the yardstick

    @property
    def is_live(self) -> bool:
        """Whether it can still be asked."""
        return self.tally is None or self.tally.stopped is None

    def ask(self, request: object) -> Any:  # noqa: ANN401 - each request has its answer
        """The answer, or None if there was none, which the tally then says."""
        return _attempt(self.tally, lambda: self.asked.ask(request, self.limit_s))


class Replicate:
    """Runs one replicate of some cases; what fails is recorded in its tally."""

    def __init__(
        self,
        machine: Machine,
        effort: Effort,
        number: int,
        first_round: int,
        *,
        scope: Scope = EVERYTHING,
    ) -> None:
        """Nothing is started yet.

        Args:
            machine: the world.
            effort: how much to measure.
            number: of this replicate, in its group.
            first_round: number of its first round; rounds of a group are numbered through.
            scope: what is measured beside the blocks.
        """
        self._machine = machine
        self._effort = effort
        self._number = number
        self._scope = scope
        self._first_round = first_round
        self._stack = ExitStack()
        self.next_round = first_round
        self.block_s = 0.0  # spent inside measured blocks

    def run(
        self,
        tallies: Sequence[Tally],
        yardstick: list[Block],
        done: Callable[[Tally], None],
    ) -> list[Tally]:
        """Measure these, the baseline first.

        Args:
            tallies: what to measure; blocks, failures and quantities are added to them.
            yardstick: gets the yardstick's blocks.
            done: called with each one that was loaded or has failed.

        Returns:
            Those that did not fit into memory beside the others; they were not measured.
        """
        spent = self._machine.spent
        with self._stack:
            with spent.on("starting engines"):
                fork_servers = self._start(tallies)
            with spent.on("loading"):
                self._wake(tallies[0], fork_servers)
                if self._scope.meters:  # else nobody reads when a case was ready
                    self._prewarm(tallies, fork_servers)
                members, left = self._load_all(tallies, fork_servers, done)
                if members and self._scope.yardstick:
                    members += self._load_yardstick(members[0], fork_servers, yardstick)
            with spent.on("timing"):
                self._take_turns(members, tallies[0])
            if self._number == 0:
                with spent.on("meters and answers"):
                    self._run_passes(members)
            with spent.on("ending workers"):
                self._stack.close()  # the same as at the end, but timed
            return left

    def _wake(self, tally: Tally, fork_servers: Mapping[ServerSpec, Forks]) -> None:
        """Keep a GPU from being asleep when the first case is loaded, until the last has run."""
        device = tally.case.device
        if device == "cpu":
            return
        fork_server = fork_servers[self._server_spec(tally)]
        _attempt(None, lambda: self._asked(fork_server, requests.Wake(device=device), tally))

    def _prewarm(self, tallies: Sequence[Tally], fork_servers: Mapping[ServerSpec, Forks]) -> None:
        """Load the first case of each fork server in a process that ends again.

        A fork server's first child pays for pages and caches that those after it find: copies of
        a baseline that was the first were ready in 0.96 of its time, the mean of twelve.
        """
        cold = set(fork_servers)
        for tally in tallies:
            server_spec = self._server_spec(tally)
            if server_spec in cold and tally.artifact is not None and not tally.stopped:
                cold.remove(server_spec)
                fork_server = fork_servers[server_spec]
                request = requests.Prewarm(load=self._request(tally, tally.artifact))
                with ExitStack() as brief:  # what fails here, fails again when it counts
                    _attempt(None, partial(self._asked, fork_server, request, tally, brief))

    def _load_all(
        self,
        tallies: Sequence[Tally],
        fork_servers: Mapping[ServerSpec, Forks],
        done: Callable[[Tally], None],
    ) -> tuple[list[Member], list[Tally]]:
        def load(tally: Tally, stack: ExitStack, *, is_crowded: bool) -> list[Member]:
            found = self._load(tally, fork_servers, stack, is_crowded=is_crowded)
            done(tally)
            return found

        return load_all(tallies, self._number, load, self._memory_is_low, self._stack)

    def _memory_is_low(self, tally: Tally) -> bool:
        return self._machine.free_memory(tally.case.device) < MEMORY_RESERVE

    def _start(self, tallies: Sequence[Tally]) -> dict[ServerSpec, Forks]:
        """All fork servers, those of later replicates among them where cores would be idle."""
        machine, number = self._machine, self._number
        fork_servers = starting.start(machine, [tally.case for tally in tallies], number)
        later = starting.start_ahead(machine, fork_servers, number, self._effort.replicates)
        for tally in tallies:
            _attempt(tally, fork_servers[self._server_spec(tally)].ready)
        for fork_server in later:
            _attempt(None, fork_server.ready)  # what fails, fails again when its turn comes
        return fork_servers

    def _server_spec(self, tally: Tally) -> ServerSpec:
        return starting.server_spec(tally.case, self._number)

    def _load(
        self,
        tally: Tally,
        fork_servers: Mapping[ServerSpec, Forks],
        stack: ExitStack,
        *,
        is_crowded: bool,
    ) -> list[Member]:
        """Its live worker, if it can be had.

        Raises:
            NoRoomError: it needs more of the device's memory than the others have left.
        """
        if tally.stopped or tally.artifact is None:
            return []
        request = self._request(tally, tally.artifact)
        fork_server = fork_servers[self._server_spec(tally)]

        def start() -> tuple[WorkerHandle, requests.Loaded]:
            try:
                return self._asked(fork_server, request, tally, stack)
            except Failed as reason:
                if is_crowded and str(reason).startswith(failure.FULL):
                    raise NoRoomError from reason
                raise

        started = _attempt(tally, start)
        if started is None:
            return []
        asked, loaded = started
        tally.started(self._number, loaded)
        return [self._member(asked, loaded, tally)]

    def _request(self, tally: Tally, artifact: Artifact) -> requests.Load:
        case = tally.case
        return requests.Load(
            engine=case.engine,
            artifact=artifact,
            target=case.target,
            cores=self._machine.cores(case.threads),
            slowdown=case.slowdown,
        )

    def _load_yardstick(
        self, first: Member, fork_servers: Mapping[ServerSpec, Forks], blocks: list[Block]
    ) -> list[Member]:
        """The yardstick's worker, last in every order; any fork server can fork it."""
        tally = first.tally
        if tally is None:
            return []
        request = requests.LoadYardstick(cores=self._machine.cores(1))
        fork_server = fork_servers[self._server_spec(tally)]
        started = _attempt(None, lambda: self._asked(fork_server, request, tally))
        if started is None:
            return []
        return [replace(self._member(*started, tally), tally=None, blocks=blocks)]

    def _member(self, asked: WorkerHandle, loaded: requests.Loaded, tally: Tally) -> Member:
        return Member(
            asked=asked,
            limit_s=tally.case.scenario.budget.time_limit_s,
            blocks=tally.blocks,
            passes=self._effort.passes(loaded.warm_up.iteration_s),
            tally=tally,
        )

    def _asked(
        self, fork_server: Forks, request: object, tally: Tally, stack: ExitStack | None = None
    ) -> tuple[WorkerHandle, Any]:
        """A new process and what it answers; it lives until the stack, or replicate, ends."""
        asked = fork_server.fork(SERVE)
        (stack or self._stack).callback(asked.close)
        return asked, asked.ask(request, tally.case.scenario.budget.time_limit_s)

    def _take_turns(self, members: Sequence[Member], baseline: Tally) -> None:
        """Time blocks in the schedule's order; without a baseline, only the others take turns."""
        has_baseline = bool(members) and members[0].tally is baseline
        followers = members[1:] if has_baseline else members
        leader = members[0] if has_baseline else None
        for turn in schedule.turns([member.passes for member in followers], self._number):
            member = followers[turn.member - 1] if turn.member else leader
            if member and member.is_live:
                self._time(member, turn)

    def _time(self, member: Member, turn: schedule.Turn) -> None:
        timed = member.ask(requests.Time(at_least_s=BLOCK_S))
        if timed is None:
            return
        self.block_s += sum(timed.durations_s) * timed.iterations / len(timed.durations_s)
        member.blocks.append(
            Block(
                replicate=self._number,
                round=self._first_round + turn.round,
                position=turn.position,
                iterations=timed.iterations,
                durations_s=timed.durations_s,
                gpu=timed.gpu,
            )
        )
        self.next_round = max(self.next_round, self._first_round + turn.round + 1)

    def _run_passes(self, members: Sequence[Member]) -> None:
        """Passes of their own, one worker at a time, when the timing is over."""
        folder = self._machine.folder
        for member in members:
            if member.tally and member.is_live:
                passes.run(member.asked, member.limit_s, member.tally, self._scope, folder)


def _attempt(tally: Tally | None, action: Callable[[], Answer]) -> Answer | None:
    """The action's result; None if it failed, which the tally then says (a yardstick has none)."""
    try:
        return action()
    except Failed as reason:
        if tally:
            tally.stop("failed", str(reason))
    except Skipped as reason:
        if tally:
            tally.stop("skipped", str(reason))
    return None
