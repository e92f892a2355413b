"""How often verdicts are right: identical pairs, known slowdowns, and two other tools beside ours.

Run from the repository's root: python docs/evidence/verdicts.py verdicts.csv

Ours are pairs of python -m bench selfcheck, of the default scenario's dense network on every engine
at batch 1 and 32, each judged alone at the default margin. The other tools judge one of them
(ONNX Runtime, batch 1) by rules of their own, see other_tools.py. All take turns, so that each sees
the same hours of the same machine. Each pair is written down as soon as it is measured; run again,
the script goes on where it ended. The table is of whatever is there, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import other_tools
from prepared import artifacts
from tabulate import tabulate

from bench import options, progress
from bench.environment import environment
from bench.selfcheck import check as selfcheck
from bench.workers.machine import this_machine
from results.judging.sensitivity import highest_rate
from results.judging.verdict import verdicts
from scenarios.scenario import DEFAULT_MARGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine

IDENTICAL = 0.0
SLOWDOWNS = (0.02, 0.03, 0.05)
OTHERS_SLOWDOWN = 0.05
IDENTICAL_OFTENER = 3  # a rate of 1 % needs more pairs than one of 95 %
OURS = "speedproof"
OTHERS_CASE = "/onnxruntime-fp32/b1"  # how the case ends that the other tools measure
FIELDS = ("tool", "case", "slowdown", "verdict", "seconds", "ratio", "low", "high", "replicates")

Row = dict[str, str]
Prepared = list[tuple["Case", "Artifact"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A pair to be judged: by whom, of what, slowed by how much."""

    tool: str
    case: int
    slowdown: float


def tasks(rounds: int, other_rounds: int, tools: list[str], cases: int) -> Iterator[Task]:
    """All pairs in order; those of other tools are spread evenly between ours."""
    for number in range(rounds):
        for extra in range(IDENTICAL_OFTENER):
            case = (number * IDENTICAL_OFTENER + extra) % cases
            yield Task(tool=OURS, case=case, slowdown=IDENTICAL)
        for slowdown in SLOWDOWNS:
            yield Task(tool=OURS, case=number % cases, slowdown=slowdown)
        if (number + 1) * other_rounds // rounds > number * other_rounds // rounds:
            for slowdown in (IDENTICAL, OTHERS_SLOWDOWN):
                yield from (Task(tool=tool, case=0, slowdown=slowdown) for tool in tools)


def ours(case: Case, artifact: Artifact, slowdown: float, machine: Machine) -> Row:
    """The cells of one of our pairs."""
    ratio = selfcheck.pair(case, slowdown, artifact, machine).ratio
    return {
        "case": case.id,
        "verdict": verdicts([ratio], DEFAULT_MARGIN)[0].name,
        "ratio": f"{ratio.value:.5f}",
        "low": f"{ratio.low:.5f}",
        "high": f"{ratio.high:.5f}",
        "replicates": str(ratio.replicates),
    }


def measure(file: Path, rounds: int, other_rounds: int) -> None:
    """Measure what the file does not hold yet."""
    with this_machine() as machine, tempfile.TemporaryDirectory() as folder:
        prepared = _prepared(machine)
        shared = next(one for one in prepared if one[0].id.endswith(OTHERS_CASE))
        judges = other_tools.prepare(Path(folder), shared[1])
        todo = list(tasks(rounds, other_rounds, list(judges), len(prepared)))
        sink = progress.sink(sys.stderr)
        try:
            for index in range(len(_rows(file)), len(todo)):
                task = todo[index]
                sink.show(index / len(todo), f"{task.tool}, {task.slowdown:.0%} slower")
                started_s = time.monotonic()
                if task.tool == OURS:
                    cells = ours(*prepared[task.case], task.slowdown, machine)
                else:
                    said = judges[task.tool](task.slowdown)
                    cells = {"case": shared[0].id, "verdict": said}
                cells["seconds"] = f"{time.monotonic() - started_s:.2f}"
                _append(file, {"tool": task.tool, "slowdown": f"{task.slowdown:g}", **cells})
        finally:
            sink.close()


def table(rows: list[Row]) -> str:
    """A line for each tool, ours also for the workload that it shares with the others."""
    mine = [row for row in rows if row["tool"] == OURS]
    kinds = {
        f"{OURS}, all engines, batch 1 and 32": mine,
        f"{OURS}, the workload below": [row for row in mine if row["case"].endswith(OTHERS_CASE)],
    }
    for row in rows:
        if row["tool"] != OURS:
            kinds.setdefault(row["tool"], []).append(row)
    headers = ["who", "s a pair", "identical called changed", "at most (95 %)"]
    headers += [f"{slowdown:.0%} slower found" for slowdown in SLOWDOWNS]
    lines = [_line(name, of_kind) for name, of_kind in kinds.items()]
    return tabulate(lines, headers, disable_numparse=True, tablefmt="github")


def _line(name: str, rows: list[Row]) -> list[str]:
    said: dict[float, list[str]] = defaultdict(list)
    for row in rows:
        said[float(row["slowdown"])].append(row["verdict"])
    identical = said[IDENTICAL]
    alarms = sum(verdict in ("slower", "faster") for verdict in identical)
    return [
        name,
        f"{sum(float(row['seconds']) for row in rows) / max(1, len(rows)):.1f}",
        f"{alarms} of {len(identical)}",
        f"{highest_rate(alarms, len(identical)):.1%}",
        *(_found(said[slowdown]) for slowdown in SLOWDOWNS),
    ]


def _found(verdicts_said: list[str]) -> str:
    found = verdicts_said.count("slower")
    return f"{found} of {len(verdicts_said)}" if verdicts_said else ""


def _prepared(machine: Machine) -> Prepared:
    asked = options.Options(scenarios=("digits-cnn",), cases=("*+dense/*-fp32/*",), device="cpu")
    cases = options.selected_cases(asked)
    found = artifacts(cases, machine)
    return [(case, found[case.id]) for case in cases]


def _rows(file: Path) -> list[Row]:
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def _append(file: Path, row: Row) -> None:
    is_new = not file.exists()
    with file.open("a", newline="") as lines:
        writer = csv.DictWriter(lines, FIELDS)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    """Measure pair by pair, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="CSV that the pairs are added to")
    parser.add_argument("--rounds", type=int, default=100, help="of 6 of our pairs (%(default)s)")
    parser.add_argument("--other-rounds", type=int, default=6, help="of theirs (%(default)s)")
    given = parser.parse_args()
    if given.rounds < 0 or not 0 <= given.other_rounds <= given.rounds:
        parser.error("--rounds must be 0 or more, and --other-rounds no more than those")
    try:
        measure(given.file, given.rounds, given.other_rounds)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was measured is kept\n")
    sys.stdout.write(f"on {environment()['machine']}\n\n{table(_rows(given.file))}\n")


if __name__ == "__main__":
    main()
