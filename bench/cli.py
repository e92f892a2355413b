"""The command line of python -m bench."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from tabulate import tabulate

import scenarios
from bench import git, options, progress
from bench.against import cli as against_cli
from bench.device import present
from bench.doctor import doctor
from bench.environment import environment
from bench.interruption import OFFSET, unwinding
from bench.selfcheck import check as selfcheck
from bench.selfcheck import text as selfcheck_text
from bench.training import parallel_cli
from bench.tuning import deployment_cli, searches
from bench.workers.machine import this_machine
from models import ModelError
from results.store import StoreError
from scenarios.scenario import DEFAULT_MARGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case

NOTHING_WORSE, WORSE, USAGE = 0, 1, 2
INTERRUPTED = OFFSET + signal.SIGINT  # as shells have it
PAIRS = 12
SLOWDOWNS = (0.03, 0.05)
ONE_DEVICE = "cpu|cuda|cuda:N|auto"

USER_ERRORS = (
    options.OptionError,
    scenarios.ScenarioError,
    selfcheck.SelfcheckError,
    git.GitError,
    StoreError,
    ModelError,
)


DESCRIPTION = "Check a machine, compare versions, search for what to ship."
SELFCHECK = (
    "Measure pairs of identical cases, and pairs of which one is slowed down, and store how often "
    "they are called different: later runs raise their margins to it. Exit code: 0 measured, 2 "
    "usage error, 130 interrupted."
)
DOCTOR = (
    "List what can run on this machine, what cannot, and why. Exit code: 0 the run can work, "
    "1 something it needs is broken, 2 usage error."
)


def main(arguments: Sequence[str]) -> int:
    """Run one command; the result is the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=DESCRIPTION)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_selfcheck(commands)
    _add_doctor(commands)
    against_cli.add(commands)
    deployment_cli.add(commands)
    parallel_cli.add(commands)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except USER_ERRORS as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing was stored\n")
        return INTERRUPTED


def _add_selfcheck(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "selfcheck",
        help="measure this machine's rate of false alarms, on identical code",
        description=SELFCHECK,
    )
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of each slowdown (%(default)s)")
    parser.add_argument(
        "--slowdown", type=float, action="append", help="to inject, such as 0.03 (repeatable)"
    )
    parser.add_argument(
        "--engine", action="append", default=[], help="only this engine (repeatable)"
    )
    parser.add_argument(
        "--device",
        default=present.AUTO,
        metavar=ONE_DEVICE,
        help="whose margins are to have a floor (%(default)s); its CPU and its GPU have one each",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_selfcheck)


def _selfcheck(given: argparse.Namespace) -> int:
    sink = progress.sink(sys.stderr)
    slowdowns = given.slowdown or SLOWDOWNS
    if given.pairs < 1 or not all(0 < slowdown < 1 for slowdown in slowdowns):
        msg = "selfcheck: --pairs must be 1 or more, and each --slowdown between 0 and 1"
        raise options.OptionError(msg)
    device = options.resolve_device(given.device)
    cases = _cases(tuple(given.engine), device)
    with unwinding(), this_machine() as machine:
        try:
            pairs, left_out, seconds = selfcheck.run(
                cases, slowdowns, given.pairs, machine, sink.show
            )
        finally:
            sink.close()
    result = selfcheck.Selfcheck(
        machine=environment(case.device for case in cases)["machine"],
        device=device,
        margin=DEFAULT_MARGIN,
        pairs=tuple(pairs),
        left_out=left_out,
        seconds_per_pair=seconds,
    )
    found = result.as_dict()
    shown = json.dumps(found, indent=1) if given.json else selfcheck_text.text(found)
    sys.stdout.write(shown + "\n")  # before it is stored: minutes of measuring are in it
    file = selfcheck.store(result)
    if not given.json:
        sys.stdout.write(f"stored: {file}\n")
    return NOTHING_WORSE


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "doctor", help="what can run here, what cannot, and why", description=DOCTOR
    )
    parser.add_argument(
        "--scenario",
        action="append",
        default=[],
        help="look at what this one needs (repeatable; default: the default run)",
    )
    parser.add_argument(
        "--device",
        default=present.AUTO,
        metavar=options.DEVICES,
        help="look at what measuring there needs (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_doctor)


def _doctor(given: argparse.Namespace) -> int:
    _, others = searches.split(given.scenario)  # a search needs no engine
    is_searched = bool(given.scenario) and not others
    asked = options.Options(scenarios=tuple(others), only_tuning=is_searched, device=given.device)
    found = doctor.findings(asked)
    if given.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    else:
        rows = [(one.state, one.what, one.text) for one in found]
        sys.stdout.write(tabulate(rows, tablefmt="plain", maxcolwidths=[None, None, 100]) + "\n")
    return WORSE if any(one.state == "broken" for one in found) else NOTHING_WORSE


def _cases(engines: tuple[str, ...], device: str) -> list[Case]:
    """The dense fp32 cases of the default scenario."""
    asked = options.Options(
        scenarios=("digits-cnn",), cases=("*+dense/*-fp32/*",), engines=engines, device=device
    )
    return options.selected_cases(asked)
