"""python -m bench tune: its options, and what it writes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from bench import options, progress, recorder
from bench.availability import why_not
from bench.environment import environment
from bench.interruption import unwinding
from bench.workers.machine import allowed_cores, this_machine
from results.files import near
from results.layout.terminal import width
from results.store import FOLDER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import optuna

    from bench.case import Case
    from bench.tuning.deployment import Deployment

TRIALS = 40  # of the hundreds of cells that a wide scenario has: minutes, not hours
OK, MISSING, INTERRUPTED = 0, 3, 130  # 3 as judgements have it, 130 as shells: 128 + SIGINT
STUDIES = FOLDER.parent / "tuning"
DESCRIPTION = """Search a scenario's cells for what to ship: variant, engine, precision, batch size
and threads, for the time of a sample and accuracy together. Each proposal is measured in turns with
the scenario's baseline. Searches are kept in a file, and go on with --resume. What was found is
stored as a run, which python -m results shows and publishes. Exit code: 0 a front was found, 2
usage error, 3 no cell could be measured, 130 interrupted."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "tune", help="search a scenario's cells for what to ship", description=DESCRIPTION
    )
    parser.add_argument("scenario", metavar="NAME|PATH", help="such as digits-deploy")
    parser.add_argument(
        "--case", action="append", default=[], metavar="GLOB", help="only these (repeatable)"
    )
    parser.add_argument(
        "--trials", type=int, default=TRIALS, metavar="N", help="cells to measure (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sampler (%(default)s)")
    parser.add_argument(
        "--storage",
        metavar="FILE|URL",
        help="where trials are kept; default: results/tuning/SCENARIO/deploy.journal",
    )
    parser.add_argument("--resume", action="store_true", help="go on with what the storage holds")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Search, then write the front to standard output."""
    from models.tuning.storage import kept_in  # late: it imports optuna, which others need not
    from models.tuning.task import check_seed

    if given.trials < 1:
        msg = f"--trials {given.trials}: it must be 1 or more"
        raise options.OptionError(msg)
    check_seed("--seed", given.seed)
    asked = options.Options(scenarios=(given.scenario,), cases=tuple(given.case))
    cases = _possible(_comparable(given.scenario, options.selected_cases(asked)))
    place = given.storage or STUDIES / cases[0].scenario.name / "deploy.journal"
    with kept_in(place):
        return _searched(given, cases, place)


def _searched(given: argparse.Namespace, cases: Sequence[Case], place: str | Path) -> int:
    from bench.tuning.deployment import Deployment
    from models.tuning.storage import shown

    study = _study(given, cases, place)
    devices = [case.device for case in cases]
    before = environment(devices)  # with the load that was there without the search
    sink = progress.sink(sys.stderr)
    with unwinding(), this_machine() as machine:
        search = Deployment(cases=cases, machine=machine, study=study)
        try:
            search.search(given.trials, sink.show)
        except KeyboardInterrupt:
            sink.close()
            sys.stderr.write(
                f"Interrupted: {search.measured} measured cells are kept in {shown(place)}; the "
                "same command with --resume goes on.\n"
            )
            return INTERRUPTED
        finally:
            sink.close()
    return _concluded(search, before)


def _concluded(search: Deployment, before: Mapping[str, Any]) -> int:
    """Store what was found, and only then show it: a closed pipe takes nothing of it."""
    from bench.tuning import deployment_text

    saved = None
    if search.measured:
        scenario = search.cases[0].scenario
        name = f"{scenario.name}-search"  # its own name is of measured cases
        found = deployment_text.found(search)
        saved = recorder.save_search(name, scenario.summary, found, before)
    sys.stdout.write(deployment_text.text(search, width()))
    if saved is None:
        return MISSING
    _say_saved(saved)
    return OK


def _say_saved(saved: recorder.Saved) -> None:
    """Where the search is, or why not; publishing it is another command."""
    for problem in saved.problems:
        sys.stderr.write(f"{problem}\n")
    for file in saved.files:
        sys.stdout.write(
            f"Saved: {near(file)}\nPublish it by:\n  python -m results publish {near(file)}\n"
        )


def _comparable(asked: str, cases: Sequence[Case]) -> Sequence[Case]:
    """The cases, if they all infer and have one baseline to be divided by."""
    tasks = {case.scenario.name: case.scenario.task for case in cases}
    able = [name for name, task in tasks.items() if task == "inference"]
    if not able:
        msg = (
            f"tune {asked}: its cases train, and a search is for what infers fast and right; "
            'allowed is a scenario with task = "inference", such as digits-deploy'
        )
        raise options.OptionError(msg)
    if len(tasks) > 1:
        msg = (
            f"tune {asked}: stands for {len(tasks)} scenarios, each with a baseline of its own; "
            f"allowed is one scenario: take one of {', '.join(able)}"
        )
        raise options.OptionError(msg)
    return cases


def _possible(cases: Sequence[Case]) -> list[Case]:
    """Those that this machine can have at all: others would only be proposed in vain."""
    reasons = {case.id: why_not(case, len(allowed_cores())) for case in cases}
    found = [case for case in cases if reasons[case.id] is None]
    if not found:
        msg = f"none of {len(cases)} cells can be had here; of the first: {reasons[cases[0].id]}"
        raise options.OptionError(msg)
    return found


def _study(given: argparse.Namespace, cases: Sequence[Case], place: str | Path) -> optuna.Study:
    from bench.tuning.deployment import study_of
    from models.tuning.storage import open_storage, shown

    study = study_of(open_storage(place), cases, given.seed)
    begun = len(study.get_trials(deepcopy=False))
    if begun and not given.resume:
        msg = (
            f"{shown(place)}: holds {begun} trials of {study.study_name} already; go on with them "
            "by --resume, or name another place with --storage"
        )
        raise options.OptionError(msg)
    return study
