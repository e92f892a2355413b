"""What `python -m results` does: parses arguments, reads runs, writes tables."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import tabulate

from results import publish, store, table
from results.record import RecordError
from results.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.store import Run

USAGE_ERROR = 2
WIDE = 160  # columns where there is no terminal to ask
RUN_HELP = "number, file, commit, date, latest or latest~N (default: latest)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 for what the user has to correct."""
    parsed = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode still gets a table
    try:
        sys.stdout.write(parsed.command(parsed))
        sys.stdout.flush()
    except (StoreError, RecordError) as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE_ERROR
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m results", description="Tables of stored benchmark runs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("table", help="print the comparison table of a run")
    one.add_argument("run", nargs="?", default="latest", metavar="RUN", help=RUN_HELP)
    one.add_argument("--format", choices=("text", "markdown", "csv", "json"), default="text")
    one.add_argument(
        "--scenario", action="append", metavar="NAME", help="only this scenario (repeatable)"
    )
    one.set_defaults(command=_table)
    written = commands.add_parser(
        "publish", help="write a run's tables to results/tables, to be committed"
    )
    written.add_argument("run", nargs="?", default="latest", metavar="RUN", help=RUN_HELP)
    written.set_defaults(command=_publish)
    listed = commands.add_parser("list", help="list the stored runs, oldest first")
    listed.set_defaults(command=_list)
    for command in (one, written, listed):
        command.add_argument(
            "--folder", type=Path, default=store.FOLDER, help="stored runs (default: results/runs)"
        )
    return parser


def _table(parsed: argparse.Namespace) -> str:
    run = _only(store.load(store.find(parsed.run, parsed.folder)), parsed.scenario)
    if parsed.format == "markdown":
        return table.markdown(run)
    if parsed.format == "csv":
        return table.csv(table.rows(run))
    if parsed.format == "json":
        return table.json(run, table.rows(run))
    return table.text(run, shutil.get_terminal_size((WIDE, 24)).columns)


def _only(run: Run, scenarios: Sequence[str] | None) -> Run:
    """The run with these scenarios alone; all without any."""
    if not scenarios:
        return run
    known = sorted({record.case.scenario for record in run.records})
    for name in scenarios:
        if name not in known:
            msg = f"{run.path}: no scenario {name!r}; the run has {', '.join(known) or 'none'}"
            raise StoreError(msg)
    return run.only(scenarios)


def _publish(parsed: argparse.Namespace) -> str:
    written = publish.publish(store.load(store.find(parsed.run, parsed.folder)), publish.FOLDER)
    return "".join(f"{_near(each.path)}: {each.what}\n" for each in written)


def _list(parsed: argparse.Namespace) -> str:
    paths = store.runs(parsed.folder)
    if not paths:
        msg = f"{parsed.folder}: no stored runs yet; {store.HOW_TO_MEASURE}"
        raise StoreError(msg)
    headers = ("run", "date", "commit", "machine", "cases", "skipped", "failed", "folder")
    lines, errors = [], []
    for path in paths:
        try:
            lines.append(_listed(store.load(path), path))
        except StoreError as error:
            lines.append([path.stem.split("_")[0], "unreadable"])
            errors.append(f"{error}\n")
    return "\n".join([tabulate.tabulate(lines, headers, disable_numparse=True), *errors]) + "\n"


def _listed(run: Run, path: Path) -> list[str]:
    """One line of the list; a plus after the commit marks uncommitted changes."""
    counts: Counter[str] = Counter(record.status for record in run.records)
    changed = "+" if run.environment.get("dirty") else ""
    return [
        path.stem.split("_")[0],
        table.when(run.created),
        f"{str(run.environment.get('commit') or '')[: table.COMMIT_DIGITS]}{changed}",
        str(run.environment.get("machine", "")),
        str(len(run.records)),
        str(counts["skipped"]),
        str(counts["failed"]),
        str(_near(path.parent)),
    ]


def _near(path: Path) -> Path:
    """The path as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
