"""One of the two versions that are compared: which cases it has, and the artifact of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import scenarios
from bench.against import survey
from bench.options import OptionError, resolve_device
from bench.preparation.preparing import Prepared, prepare_all, prepare_each
from bench.workers.remote import Failed
from bench.workers.server_spec import HERE, ServerSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.case import Case
    from bench.options import Options
    from bench.preparation.preparing import Report
    from bench.workers.machine import Machine
    from bench.workers.server_spec import Home

SURVEY_LIMIT_S = 120.0  # to read some scenario files; a cold disk has the imports wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a side has."""

    cases: Mapping[str, Prepared]  # by id, also those that could not be prepared
    problems: Mapping[str, str]  # what is wrong with a scenario there, by its name
    libraries: Mapping[str, str]  # versions


class Side(Protocol):
    """A version of the cases."""

    @property
    def name(self) -> str:
        """For machines: a commit, an interpreter or a file."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def home(self) -> Home:
        """Where its workers come from."""
        ...

    def stock(self, machine: Machine, report: Report) -> Stock:
        """Its cases, prepared by its own code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """This checkout under this interpreter."""

    name: str
    title: str
    cases: Sequence[Case]
    home: Home = HERE

    def stock(self, machine: Machine, report: Report) -> Stock:
        """Prepare what can be had here."""
        made = prepare_all(self.cases, machine, report)
        return Stock(cases=made, problems={}, libraries=survey.versions())


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """Another checkout, or this one under another interpreter: it is asked, and prepares itself."""

    name: str
    title: str
    home: Home
    question: survey.Question

    def stock(self, machine: Machine, report: Report) -> Stock:
        """Ask what it has, and have it prepared.

        Raises:
            OptionError: it cannot be asked, as when its workers speak another protocol.
        """
        # Checkouts of every age have this engine, and with it torch.
        place = ServerSpec(engine="eager", threads=1, replicate=0, home=self.home)
        found = self._ask(machine, place)
        requests = {
            one.artifact: survey.Prepare(question=self.question, case=name)
            for name, one in found.cases.items()
            if one.why_not is None
        }
        made = prepare_each(requests, lambda: machine.fork_server(place), survey.SERVE, report)
        cases = {
            name: made[one.artifact]
            if one.why_not is None
            else Prepared(status="skipped", reason=one.why_not)
            for name, one in found.cases.items()
        }
        return Stock(cases=cases, problems=found.problems, libraries=found.libraries)

    def _ask(self, machine: Machine, place: ServerSpec) -> survey.Survey:
        try:
            fork_server = machine.fork_server(place)
            fork_server.ready()
            worker = fork_server.fork(survey.SERVE)
            try:
                found: survey.Survey = worker.ask(self.question, SURVEY_LIMIT_S)
            finally:
                worker.close()
        except Failed as reason:
            msg = f"against {self.title}: {reason}"
            raise OptionError(msg) from reason
        return found


def question(cases: Sequence[Case], asked: Options, home: Home) -> survey.Question:
    """Which cases another side is asked for: those of the scenarios of these."""
    shipped = scenarios.shipped()
    files = dict.fromkeys(case.scenario.file for case in cases)
    names = []
    for file in files:
        if file == shipped.get(file.stem):
            names.append(file.stem)
            continue
        # A file of one's own may be part of the repository, and differ between commits.
        inside = file.is_relative_to(HERE.checkout)
        moved = home.checkout / file.relative_to(HERE.checkout) if inside else file
        names.append(str(moved if moved.is_file() else file))
    return survey.Question(
        scenarios=tuple(names),
        shipped=None if asked.scenarios else tuple(shipped),
        cases=asked.cases,
        engines=asked.engines,
        device=resolve_device(asked.device),
    )
