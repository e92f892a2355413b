"""`python -m results expect update|check`: writes tables of expected values, and judges runs."""

from __future__ import annotations

import difflib
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import tabulate

from results import store
from results.comparing import change_table
from results.expecting import expect, expected
from results.files import near, write_whole
from results.judging.change import FROM_BAD_TO_GOOD
from results.layout import report
from results.store import StoreError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from results.expecting.expect import Checked, Update
    from results.store import Run

UPDATE = (
    "Write results/expected/SCENARIO.csv from a run and print what that changes. Tolerances that "
    "stand there stay. Review the difference, then commit it."
)
CHECK = (
    "Hold a run against results/expected/SCENARIO.csv. Scenarios without a table are named, and an "
    "error if they were asked for or none has one. Exit code: 0 all within tolerance, 1 a "
    "value is off, better or worse, 2 usage error, 3 an expected case or value was not measured."
)
SCENARIO_HELP = "only this scenario (repeatable; default: all of the run)"
FOUND_WIDTH = 60  # columns for why a case was not measured; numbers are narrower


def add_to(parser: argparse.ArgumentParser) -> tuple[argparse.ArgumentParser, ...]:
    """Declare the two commands, and return them."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    update = commands.add_parser("update", help="write the tables from a run", description=UPDATE)
    update.set_defaults(command=_update)
    check = commands.add_parser("check", help="hold a run against the tables", description=CHECK)
    check.add_argument("--json", action="store_true", help="print every value as JSON")
    check.set_defaults(command=_check)
    for command in (update, check):
        command.add_argument("run", nargs="?", default="latest", metavar="RUN", help=store.RUN_HELP)
        command.add_argument("--scenario", action="append", metavar="NAME", help=SCENARIO_HELP)
    return update, check


def _update(parsed: argparse.Namespace) -> tuple[str, int]:
    run = store.load(store.find(parsed.run, parsed.folder))
    asked = list(dict.fromkeys(parsed.scenario or _scenarios(run)))
    # All are made before any is written: a mistake in one leaves all as they are.
    made = [_made(run, scenario, expected.file_of(scenario)) for scenario in asked]
    return "".join(_written(file, update) for file, update in made), 0


def _made(run: Run, scenario: str, file: Path) -> tuple[Path, Update]:
    before = expected.read(file) if file.exists() else []
    update = expect.updated(before, run.only([scenario]).records)
    if not update.table or scenario not in _scenarios(run):
        known = ", ".join(_scenarios(run)) or "none"
        msg = f"run {run.title} measured no case of scenario {scenario!r}; it has {known}"
        raise StoreError(msg)
    return file, update


def _written(file: Path, update: Update) -> str:
    before = file.read_text(encoding="utf-8") if file.exists() else None
    after = expected.text(update.table)
    name = str(near(file))
    lines = list(_about_cases(name, update))
    if before == after:
        return "".join([*lines, f"{name}: nothing to change\n"])
    write_whole(file, after)
    diff = difflib.unified_diff(
        (before or "").splitlines(keepends=True),
        after.splitlines(keepends=True),
        "/dev/null" if before is None else name,
        name,
    )
    cases = len({line.case for line in update.table})
    wrote = f"{name}: wrote {len(update.table)} values of {cases} cases; review and commit it\n"
    return "".join([*diff, *lines, wrote])


def _about_cases(name: str, update: Update) -> Iterator[str]:
    told = {
        "cases kept, as the run could not measure them": update.kept,
        "cases dropped, as the run does not have them": update.dropped,
    }
    for what, cases in told.items():
        if cases:
            yield "\n  ".join([f"{name}: {what}:", *cases]) + "\n"


def _check(parsed: argparse.Namespace) -> tuple[str, int]:
    run = store.load(store.find(parsed.run, parsed.folder))
    asked, without = _with_table(list(dict.fromkeys(parsed.scenario or _scenarios(run))))
    if without and (parsed.scenario or not asked):
        raise StoreError(_no_table(without[0]))
    for scenario in without:
        sys.stderr.write(f"note: no table yet: {scenario}\n")
    files = [expected.file_of(scenario) for scenario in asked]
    tables = [expected.read(file) for file in files]
    of_each = [
        expect.check(table, run.only([scenario]).records)
        for scenario, table in zip(asked, tables, strict=True)
    ]
    code = expect.exit_code(of_each)
    checked = [each for checked in of_each for each in checked]
    names = ", ".join(str(near(file)) for file in files)
    if parsed.json:
        return change_table.document(names, run.name, [each.change for each in checked]), code
    return "\n".join(_text(f"run {run.title} against {names}", checked)) + "\n", code


def _with_table(scenarios: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those that have a table, and those that have none yet."""
    has_table = {scenario: expected.file_of(scenario).exists() for scenario in scenarios}
    return [s for s in scenarios if has_table[s]], [s for s in scenarios if not has_table[s]]


def _no_table(scenario: str) -> str:
    return (
        f"{near(expected.file_of(scenario))}: no such table yet; write it from a run that is "
        f"right, and commit it: python -m results expect update RUN --scenario {scenario}"
    )


def _text(title: str, checked: Sequence[Checked]) -> Iterator[str]:
    yield title
    told = [each for each in checked if each.verdict != "same"]
    if told:
        told.sort(key=lambda each: FROM_BAD_TO_GOOD.index(each.verdict))
        yield from ("", _lines(told), "")
    counts = Counter(each.verdict for each in checked)
    counted = [f"{counts[name]} {name}" for name in FROM_BAD_TO_GOOD if counts[name]]
    cases = report.cases({each.case for each in checked})
    yield f"{cases} checked: {', '.join(counted)}" if counted else "nothing to check"
    if any(each.verdict != "missing" for each in told):
        yield "if all of it is meant to be so: python -m results expect update"


def _lines(told: Sequence[Checked]) -> str:
    headers = ("verdict", "case", "metric", "expected", "found", "tolerance")
    cells = [
        [c.verdict, c.case, c.metric, c.expected, textwrap.fill(c.found, FOUND_WIDTH), c.tolerance]
        for c in told
    ]
    return tabulate.tabulate(cells, headers, disable_numparse=True)


def _scenarios(run: Run) -> list[str]:
    return list(dict.fromkeys(record.case.scenario for record in run.records))
