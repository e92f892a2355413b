"""python -m bench parallel, under torchrun: what several processes make of one training case."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from bench import options
from bench.session import Unavailable
from models.errors import ImpossibleError

if TYPE_CHECKING:
    import argparse

    from bench.case import Case

START = "torchrun --nproc-per-node N -m bench parallel SCENARIO --case GLOB"
FINE, IMPOSSIBLE = 0, 3
ROUNDS = 16
BLOCK_S = 0.2  # a collective of gloo takes a millisecond: dozens of steps in a block


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "parallel",
        help="under torchrun: train one case by several processes, one a GPU, and by one alone",
        description=f"Started as `{START}`. Each process has a GPU of its own, or the CPU.",
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a training scenario")
    parser.add_argument("--case", metavar="GLOB", default="*", help="that matches one case of it")
    parser.add_argument("--device", choices=("auto", "cpu"), default="auto", help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of blocks (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    if "LOCAL_RANK" not in os.environ:
        msg = f"parallel: torchrun did not start this process; write {START}"
        raise options.OptionError(msg)
    if given.rounds < 1:
        msg = f"parallel: --rounds {given.rounds}: it must be 1 or more"
        raise options.OptionError(msg)
    case = _case(given)

    from bench import parallel  # late: it imports torch

    try:
        found = parallel.measure(case, given.rounds, BLOCK_S)
    except (ImpossibleError, Unavailable) as reason:
        sys.stderr.write(f"parallel: {case.id}: {reason}\n")
        return IMPOSSIBLE
    if found is not None:  # the first process speaks for all
        shown = json.dumps(asdict(found), indent=1) if given.json else parallel.text(found)
        sys.stdout.write(shown + "\n")
    return FINE


def _case(given: argparse.Namespace) -> Case:
    """The one training case that is meant; a twin is its baseline once more."""
    asked = options.Options(scenarios=(given.scenario,), cases=(given.case,), device=given.device)
    found = options.selected_cases(asked)
    if len(found) == 1 and found[0].scenario.task == "training":
        return found[0]
    names = ", ".join(case.id for case in found if case.scenario.task == "training")
    msg = f"parallel: give a --case that matches one case that trains; there are {names or 'none'}"
    raise options.OptionError(msg)
