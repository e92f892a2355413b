"""Writes a run's tables where they are committed: one folder per suite version and machine.

Beside the tables, README.md has a line for each of them, and `environment.json` says which run each
scenario came from and what that run's machine and libraries were. The load is left out, because it
never repeats; all else stays the same until a library, the machine or the run itself changes.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results import index
from results.files import safe_name, write_whole
from results.layout import outcome, searches, table
from results.record import SCHEMA
from results.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from results.layout.outcome import Outcome
    from results.store import Run

FOLDER = Path(__file__).resolve().parent / "tables"
COLUMNS = (  # as a table's own place in FOLDER links to it
    "[What the columns mean](../../../../docs/comparing.md#what-the-columns-of-a-table-mean)"
)
LEGEND = "<details><summary>Legend</summary>", "</details>"  # what unfolds on a click
OF_THE_RUN = frozenset({"commit", "dirty"})  # said once, beside the environment
VOLATILE = frozenset({"load", "gpu_in_use"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What is on the page of one scenario, below which run it is of."""

    title: str
    asked: str  # the scenario's question; empty where the run does not say it
    came_out: Outcome | None = None
    lines: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One published file, and what publishing did to it."""

    path: Path
    what: str  # "wrote 44 cases", "unchanged"


def publish(run: Run, folder: Path) -> list[Written]:
    """Write the tables of every scenario of a stored run; the same run again changes nothing.

    Cases that were interrupted before they had an interval are left out.

    Raises:
        StoreError: the run was not saved, or nothing is left of it.
    """
    if run.name is None:
        msg = "a run that was not saved cannot be published; run pytest with --benchmark-autosave"
        raise StoreError(msg)
    whole, run = run, run.uninterrupted
    if whole.records and not run.records and not run.tuning:
        msg = f"{run.name}: it was interrupted before any case was measured; nothing to publish"
        raise StoreError(msg)
    machine = folder / _part(run, "suite_version") / _part(run, "machine")
    contents = dict(_tables(run, machine))
    scenarios = list(dict.fromkeys(path.stem for path in contents))
    environment = machine / "environment.json"
    contents[environment] = _environment(run, scenarios, _published(environment))
    written = [_written(path, text, _counted(run, path.stem)) for path, text in contents.items()]
    start = machine / index.NAME  # of all that now lies there
    return [*written, _written(start, index.page(machine), "")]


def _counted(run: Run, scenario: str) -> str:
    """What the rows of a scenario's table are of."""
    return f"{run.tuning[scenario].of}s" if scenario in run.tuning else "cases"


def _tables(run: Run, machine: Path) -> Iterator[tuple[Path, str]]:
    for scenario, group in groupby(table.rows(run), key=lambda row: row.record.case.scenario):
        of_scenario = list(group)
        name = safe_name(scenario, "scenario")
        content = table.csv(of_scenario)
        yield machine / f"{name}.csv", content
        tables, legend = table.scenario_markdown(run, of_scenario)
        head = [COLUMNS, "", LEGEND[0], "", "\n\n".join(legend), "", LEGEND[1], ""]
        page = _Page(
            title=table.title(name, of_scenario),
            asked=run.summaries.get(scenario, ""),
            came_out=outcome.of(content),
            lines=[*head, *tables[:-1]],
        )
        yield machine / f"{name}.md", _markdown(run.only([scenario]), page)
    for scenario, found in run.tuning.items():
        name = safe_name(scenario, "scenario")
        if found.rows:
            yield machine / f"{name}.csv", searches.csv({scenario: found})
        asked = run.summaries.get(scenario, "")
        page = _Page(title=name, asked=asked, lines=list(searches.markdown(found))[:-1])
        yield machine / f"{name}.md", _markdown(run.only([scenario]), page)


def _markdown(run: Run, page: _Page) -> str:
    machine = run.environment["machine"]
    asked = f"{index.QUESTION}{page.asked}" if page.asked else ""
    came_out = page.came_out.sentence if page.came_out else ""
    paragraphs = [f"# {page.title} on {machine}", asked, came_out, *table.about(run)]
    head = ["\n\n".join(each for each in paragraphs if each), ""]
    lines, notes = page.lines, table.general_notes(run)
    return "\n".join([*head, *lines, *(["", *notes[:-1]] if notes else [])]) + "\n"


def _environment(run: Run, scenarios: list[str], published: Mapping[str, Any]) -> str:
    """All runs that still stand behind a published scenario, this one among them."""
    runs: dict[str, Any] = {}
    for name, before in published.items():
        left = [each for each in before["scenarios"] if each not in scenarios]
        if left:
            runs[name] = {**before, "scenarios": left}
    same = runs.get(str(run.name), {"scenarios": []})
    left_out = OF_THE_RUN | VOLATILE
    runs[str(run.name)] = {
        "created": run.created,
        "commit": run.environment.get("commit"),
        "dirty": run.environment.get("dirty"),
        "scenarios": sorted({*same["scenarios"], *scenarios}),
        "environment": {k: v for k, v in run.environment.items() if k not in left_out},
    }
    whole = {"schema": SCHEMA, "runs": runs}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _published(path: Path) -> Mapping[str, Any]:
    """The runs that an earlier publication named, with the scenarios whose tables still exist."""
    if not path.exists():
        return {}
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
        if all(isinstance(each["scenarios"], list) for each in runs.values()):
            return {
                name: {**run, "scenarios": _kept(run, path.parent)} for name, run in runs.items()
            }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # told below, as every other form that is not ours
    msg = f"{path}: not written by publish; restore it, or delete it and publish every scenario"
    raise StoreError(msg)


def _kept(run: Mapping[str, Any], machine: Path) -> list[str]:
    return [each for each in run["scenarios"] if (machine / f"{each}.md").exists()]


def _written(path: Path, content: str, what: str) -> Written:
    """Write a file whole or not at all, and only if it changes."""
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before == content:
        return Written(path=path, what="unchanged")
    write_whole(path, content)
    return Written(path=path, what=_what(path, before, content, what))


def _what(path: Path, before: str | None, content: str, counted: str) -> str:
    """What was written; a table that lost cases says so, as a run of part of them replaces all."""
    if path.suffix != ".csv":
        return "wrote"
    lines = _lines(content)
    lost = 0 if before is None else _lines(before) - lines
    return f"wrote {lines} {counted}" + (f", {lost} fewer than before" if lost > 0 else "")


def _lines(content: str) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(content))) - 1


def _part(run: Run, key: str) -> str:
    return safe_name(run.environment.get(key), f"{run.name}: environment.{key}")
