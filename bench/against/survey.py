"""What another checkout, or the suite under another interpreter, says of itself when asked."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import scenarios
from bench import options, registry
from bench.availability import why_not
from bench.environment import libraries
from bench.preparation import preparing
from bench.workers.machine import allowed_cores
from bench.workers.remote import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection

    from bench.case import Case

SERVE = "bench.against.survey:serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Request: which cases are there? The answer is a Survey."""

    scenarios: tuple[str, ...]  # names of shipped ones, and absolute paths of others
    shipped: tuple[str, ...] | None  # default ones that are none of these count too; None: no more
    cases: tuple[str, ...]  # patterns; none: all
    engines: tuple[str, ...]  # none: all
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One case that is there."""

    artifact: str  # equal for cases whose artifact is the same
    why_not: str | None  # the reason why it cannot be measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The answer to a Question."""

    cases: Mapping[str, Found]  # by id
    problems: Mapping[str, str]  # what is wrong with a scenario, by its name
    libraries: Mapping[str, str]  # versions, and that of Python


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Request: prepare one of these cases. The answer is its Artifact."""

    question: Question
    case: str


def serve(connection: Connection) -> None:
    """A worker's task: answer one request after the other."""
    while True:
        match connection.recv():
            case Question() as question:
                connection.send(Reply(value=_survey(question)))
            case Prepare(question=question, case=wanted):
                (found,) = [case for case in _cases(question, {}) if case.id == wanted]
                connection.send(preparing.reply(found, connection))
            case other:
                connection.send(Reply(failed=f"unknown request {type(other).__name__}"))


def versions() -> dict[str, str]:
    """Of the libraries that make numbers, and of Python."""
    return {**libraries(), "python": platform.python_version()}


def _survey(question: Question) -> Survey:
    problems: dict[str, str] = {}
    cores = len(allowed_cores())
    found = {
        case.id: Found(artifact=preparing.artifact_of(case), why_not=why_not(case, cores))
        for case in _cases(question, problems)
    }
    return Survey(cases=found, problems=problems, libraries=versions())


def _cases(question: Question, problems: dict[str, str]) -> Iterator[Case]:
    """Scenario by scenario: one that is not there, or is broken, takes no other with it."""
    for name in (*question.scenarios, *_more_defaults(question)):
        asked = options.Options(
            scenarios=(name,),
            cases=question.cases,
            engines=question.engines,
            device=question.device,
        )
        try:
            yield from options.selected_cases(asked)
        except options.OptionError:
            continue  # this checkout has no such scenario, engine or case
        except scenarios.ScenarioError as error:
            problems[Path(name).stem] = str(error)


def _more_defaults(question: Question) -> Iterator[str]:
    """Default scenarios that the asking side has lost."""
    if question.shipped is None:
        return
    words = registry.vocabulary()
    for file in scenarios.unbundled(scenarios.shipped().values()):
        if file.stem not in question.shipped and scenarios.load(file, words).default:
            yield file.stem
