"""python -m bench parallel: what several processes make of one training case."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import options, progress
from bench.environment import environment
from bench.interruption import unwinding
from bench.selfcheck import check as selfcheck
from bench.training.scaling import REASON, Part, scaling, text
from results.judging.change import exit_code

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bench.case import Case

IMPOSSIBLE = 3
ROUNDS = 16  # as many as the design's own check had
PROCESSES = 2
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
LAST_LINES = 5  # of a failed process's own words: the error stands at the end
DESCRIPTION = """Train one case by several processes, one a GPU or all on the CPU, in turns with
one alone. torchrun starts the processes anew for each replicate. Exit code: 0 not slower than one
alone, 1 slower, 2 usage error, 3 inconclusive or impossible."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "parallel",
        help="train one case by several processes, through torchrun, and by one alone",
        description=DESCRIPTION,
    )
    parser.add_argument("scenario", metavar="SCENARIO", help="a training scenario")
    parser.add_argument("--case", metavar="GLOB", default="*", help="that matches one case of it")
    parser.add_argument("--device", choices=("auto", "cpu"), default="auto", help="(%(default)s)")
    parser.add_argument(
        "--processes", type=int, default=PROCESSES, metavar="N", help="that share each batch"
    )
    parser.add_argument(
        "--replicates", type=int, metavar="N", help="times that they are started anew"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="of each replicate (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


class ParallelError(ValueError):
    """The case cannot be trained by several processes here; the text says why."""


def _run(given: argparse.Namespace) -> int:
    for name, least in (("processes", 2), ("rounds", 1)):
        if getattr(given, name) < least:
            msg = f"parallel: --{name} {getattr(given, name)}: it must be {least} or more"
            raise options.OptionError(msg)
    case = _case(given)
    sink = progress.sink(sys.stderr)
    parts = []
    try:
        with unwinding(), tempfile.TemporaryDirectory(prefix="speedproof-") as folder:
            replicates = case.scenario.budget.replicates
            for number in range(replicates):
                sink.show(number / replicates, f"measuring replicate {number + 1} of {replicates}")
                parts.append(_part(given, case, number, Path(folder) / f"{number}.json"))
    except ParallelError as reason:
        sys.stderr.write(f"parallel: {case.id}: {reason}\n")
        return IMPOSSIBLE
    finally:
        sink.close()
    margin = selfcheck.margins([case], environment([case.device])["machine"])[case.scenario.name]
    found = scaling(case.id, given.processes, case.device, parts, margin)
    shown = json.dumps(found.as_dict(), indent=1) if given.json else text(found)
    sys.stdout.write(shown + "\n")
    return exit_code([found.change])


def _part(given: argparse.Namespace, case: Case, number: int, request: Path) -> Part:
    """One replicate, in processes of its own."""
    answer = request.with_suffix(".answer")
    asked = {
        "scenario": given.scenario,
        "case": given.case,
        "device": case.device,
        "replicate": number,
        "rounds": given.rounds,
        "answer": str(answer),
    }
    request.write_text(json.dumps(asked))
    command = [sys.executable, *TORCHRUN, str(given.processes)]
    status, errors = _ended([*command, "-m", "bench.training.parallel_member", str(request)])
    found = json.loads(answer.read_text()) if answer.is_file() else {}
    if REASON in found:
        raise ParallelError(found[REASON])
    if status != 0 or not found:
        last = "\n".join(errors.splitlines()[-LAST_LINES:])
        msg = f"a process failed, and torchrun ended with status {status}:\n{last}"
        raise ParallelError(msg)
    return Part.from_dict(found)


def _ended(command: Sequence[str]) -> tuple[int, str]:
    """The status and the errors of a command; torchrun takes its processes with it."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            _, errors = process.communicate()
        except BaseException:
            process.terminate()  # killed, it would leave its processes behind
            raise
    return process.returncode, errors


def _case(given: argparse.Namespace) -> Case:
    """The one training case that is meant; a twin is its baseline once more."""
    asked = options.Options(
        scenarios=(given.scenario,),
        cases=(given.case,),
        device=given.device,
        replicates=given.replicates,
    )
    found = options.selected_cases(asked)
    if len(found) == 1 and found[0].scenario.task == "training":
        return found[0]
    names = ", ".join(case.id for case in found if case.scenario.task == "training")
    msg = f"parallel: give a --case that matches one case that trains; there are {names or 'none'}"
    raise options.OptionError(msg)
