"""python -m bench against: its options, the two sides that they mean, and what it writes."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import git, interpreter, options, progress
from bench.against import onnx_pair, side
from bench.against import text as against_text
from bench.against.comparison import Against
from bench.against.worktree import worktree
from bench.environment import environment
from bench.interruption import unwinding
from bench.selfcheck import check as selfcheck
from bench.workers.machine import this_machine
from bench.workers.server_spec import HERE, Home
from results.comparing import change_table
from results.judging.change import exit_code

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bench.case import Case

WIDE = 160  # columns where there is no terminal to ask
DESCRIPTION = """Measure two versions of the same cases in one interleaved schedule: the sharpest
comparison there is. The head is this working tree under this interpreter. Exit code: 0 nothing got
worse, 1 something did, 2 usage error, 3 inconclusive or not comparable, 130 interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is compared."""

    base: side.Side
    head: side.Side
    cases: Sequence[Case]  # of the head


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "against",
        help="measure this checkout against another commit, interpreter or model file",
        description=DESCRIPTION,
    )
    parser.add_argument(
        "rev", nargs="?", metavar="REV", help="commit, branch or tag that is the base"
    )
    parser.add_argument(
        "--python", metavar="PATH", help="base: this checkout under another interpreter or venv"
    )
    parser.add_argument(
        "--onnx", nargs=2, metavar=("A", "B"), help="base and head: two model files"
    )
    for name, metavar, text in (
        ("--scenario", "NAME|PATH", "only this scenario (repeatable)"),
        ("--case", "GLOB", "only cases whose id matches (repeatable)"),
        ("--engine", "NAME", "only this engine (repeatable)"),
    ):
        parser.add_argument(name, action="append", default=[], metavar=metavar, help=text)
    parser.add_argument("--replicates", type=int, metavar="N", help="processes per case, at least")
    parser.add_argument("--budget-s", type=float, metavar="S", help=options.SECONDS_HELP)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Compare, write the outcome to standard output, and return the exit code."""
    asked = options.Options(
        scenarios=tuple(given.scenario),
        cases=tuple(given.case),
        engines=tuple(given.engine),
        replicates=given.replicates,
        budget_s=given.budget_s,
    )
    sink = progress.sink(sys.stderr)
    with unwinding(), ExitStack() as stack:
        stack.callback(sink.close)
        sides = _sides(given, asked, stack)
        sys.stderr.write(f"{against_text.title(sides.base, sides.head)}\n")
        machine = environment(case.device for case in sides.cases)["machine"]
        margins = selfcheck.margins(sides.cases, machine)
        comparison = Against(sides.base, this_machine, margins, sink)
        try:
            outcome = comparison.run(sides.head, sides.cases)
        except KeyboardInterrupt:
            sink.close()
            sys.stderr.write(against_text.so_far(comparison.finished))
            raise
    if given.json:
        shown = change_table.document(sides.base.name, sides.head.name, outcome.changes)
    else:
        width = shutil.get_terminal_size((WIDE, 24)).columns
        shown = against_text.text(sides.base, sides.head, outcome, width)
    sys.stdout.write(shown)
    return exit_code(outcome.changes)


def _sides(given: argparse.Namespace, asked: options.Options, stack: ExitStack) -> Sides:
    named = [one for one in (given.rev, given.python, given.onnx) if one is not None]
    if len(named) != 1:
        msg = "against: name one of REV, --python PATH and --onnx A B"
        raise options.OptionError(msg)
    if given.onnx:
        base, head = given.onnx
        return _files(base, head, asked)
    cases = options.selected_cases(asked)
    if given.python:
        home = Home(checkout=HERE.checkout, python=interpreter.executable(given.python))
        head = side.Here(name=HERE.python, title=f"this one, {HERE.python}", cases=cases)
        base = side.There(
            name=home.python,
            title=home.python,
            home=home,
            question=side.question(cases, asked, home),
        )
        return Sides(base=base, head=head, cases=cases)
    return _commits(given.rev, cases, asked, stack)


def _commits(rev: str, cases: Sequence[Case], asked: options.Options, stack: ExitStack) -> Sides:
    commit, current = git.commit(rev), git.head()
    home = Home(checkout=stack.enter_context(worktree(commit)), python=HERE.python)
    base = side.There(
        name=commit.sha,
        title=commit.title,
        home=home,
        question=side.question(cases, asked, home),
    )
    head = side.Here(name=current.name, title=current.title, cases=cases)
    return Sides(base=base, head=head, cases=cases)


def _files(base: str, head: str, asked: options.Options) -> Sides:
    if asked.scenarios:
        msg = "against --onnx: takes no --scenario; the cases are those of the two files"
        raise options.OptionError(msg)
    pair = onnx_pair.scenario_pair((Path(base), Path(head)), asked.engines)
    before, after = (options.cases_of([scenario], asked) for scenario in pair)
    return Sides(
        base=side.Here(name=base, title=base, cases=before),
        head=side.Here(name=head, title=head, cases=after),
        cases=after,
    )
