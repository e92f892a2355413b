"""What `python -m results` does: parses arguments, reads runs, writes tables."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import tabulate

from results import publish, store
from results.choosing import cli as choice_cli
from results.comparing import change_table, compare
from results.expecting import cli as expect_cli
from results.files import near
from results.judging.change import exit_code
from results.judging.comparability import UnlikeError
from results.layout import searches, table
from results.layout.terminal import width
from results.record import RecordError
from results.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.store import Run

Command = Callable[[argparse.Namespace], tuple[str, int]]  # gives what to print and the exit code

USAGE_ERROR = 2
COUNTED = ("skipped", "failed", "interrupted")  # outcomes that `list` counts
COMPARE = (
    "Judge HEAD against BASE, each given as RUN is in the other commands. Exit code: 0 nothing got "
    "worse, 1 something did, 2 usage error or runs that are not comparable, 3 inconclusive."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is its own, or 2 for what the user has to correct."""
    parsed = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode still gets a table
    try:
        command: Command = parsed.command
        out, code = command(parsed)
        sys.stdout.write(out)
        sys.stdout.flush()
    except (StoreError, RecordError, UnlikeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE_ERROR
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m results", description="Tables of stored benchmark runs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("table", help="print the comparison table of a run")
    one.add_argument("run", nargs="?", default="latest", metavar="RUN", help=store.RUN_HELP)
    one.add_argument("--format", choices=("text", "markdown", "csv", "json"), default="text")
    one.add_argument(
        "--scenario", action="append", metavar="NAME", help="only this scenario (repeatable)"
    )
    one.set_defaults(command=_table)
    written = commands.add_parser(
        "publish", help="write a run's tables to results/tables, to be committed"
    )
    written.add_argument("run", nargs="?", default="latest", metavar="RUN", help=store.RUN_HELP)
    written.add_argument(
        "--to", type=Path, default=publish.FOLDER, help="write there (default: results/tables)"
    )
    written.set_defaults(command=_publish)
    listed = commands.add_parser("list", help="list the stored runs, oldest first")
    listed.set_defaults(command=_list)
    compared = commands.add_parser(
        "compare", help="judge one run against another", description=COMPARE
    )
    _add_compare(compared)
    choosing = choice_cli.add_to(commands)
    of_expect = expect_cli.add_to(
        commands.add_parser("expect", help="hold runs against committed tables of expected values")
    )
    for command in (one, written, listed, compared, *choosing, *of_expect):
        command.add_argument(
            "--folder", type=Path, default=store.FOLDER, help="stored runs (default: results/runs)"
        )
    return parser


def _add_compare(compared: argparse.ArgumentParser) -> None:
    compared.add_argument("base", metavar="BASE")
    compared.add_argument("head", metavar="HEAD")
    compared.add_argument("--json", action="store_true", help="print every change as JSON")
    compared.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME",
        help="library, or python, whose version may differ (repeatable)",
    )
    compared.set_defaults(command=_compare)


def _table(parsed: argparse.Namespace) -> tuple[str, int]:
    run = _only(store.load(store.find(parsed.run, parsed.folder)), parsed.scenario)
    if parsed.format == "markdown":
        return table.markdown(run), 0
    if parsed.format == "csv":
        return _csv(run), 0
    if parsed.format == "json":
        return table.json(run, table.rows(run)), 0
    return table.text(run, width()), 0


def _only(run: Run, scenarios: Sequence[str] | None) -> Run:
    """The run with these scenarios alone; all without any."""
    if not scenarios:
        return run
    known = sorted(run.scenarios)
    for name in scenarios:
        if name not in known:
            msg = f"{run.path}: no scenario {name!r}; the run has {', '.join(known) or 'none'}"
            raise StoreError(msg)
    return run.only(scenarios)


def _csv(run: Run) -> str:
    """The cases; or the searchers where there are no cases: one file has rows of one kind."""
    if not run.records and run.tuning:
        return searches.csv(run.tuning)
    if run.tuning:
        asked = " ".join(f"--scenario {name}" for name in run.tuning)
        sys.stderr.write(f"note: searches have columns of their own: ask for them by {asked}\n")
    return table.csv(table.rows(run))


def _publish(parsed: argparse.Namespace) -> tuple[str, int]:
    written = publish.publish(store.load(store.find(parsed.run, parsed.folder)), parsed.to)
    return "".join(f"{near(each.path)}: {each.what}\n" for each in written), 0


def _compare(parsed: argparse.Namespace) -> tuple[str, int]:
    base, head = (store.load(store.find(run, parsed.folder)) for run in (parsed.base, parsed.head))
    changes = compare.compare(base, head, parsed.allow)
    if parsed.json:
        return change_table.json(base, head, changes), exit_code(changes)
    return change_table.text(base, head, changes, width()), exit_code(changes)


def _list(parsed: argparse.Namespace) -> tuple[str, int]:
    paths = store.runs(parsed.folder)
    if not paths:
        msg = f"{parsed.folder}: no stored runs yet; {store.HOW_TO_MEASURE}"
        raise StoreError(msg)
    headers = ("run", "date", "commit", "machine", "cases", *COUNTED, "folder")
    lines, errors = [], []
    for path in paths:
        try:
            lines.append(_listed(store.load(path), path))
        except StoreError as error:
            lines.append([path.stem.split("_")[0], "unreadable"])
            errors.append(f"{error}\n")
    listed = tabulate.tabulate(lines, headers, disable_numparse=True)
    return "\n".join([listed, *errors]) + "\n", 0


def _listed(run: Run, path: Path) -> list[str]:
    """One line of the list; a plus after the commit marks uncommitted changes."""
    counts: Counter[str] = Counter(record.outcome for record in run.records)
    changed = "+" if run.environment.get("dirty") else ""
    return [
        path.stem.split("_")[0],
        table.when(run.created),
        f"{str(run.environment.get('commit') or '')[: table.COMMIT_DIGITS]}{changed}",
        str(run.environment.get("machine", "")),
        str(len(run.records)),
        *(str(counts[outcome]) for outcome in COUNTED),
        str(near(path.parent)),
    ]
