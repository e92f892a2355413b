"""Comparison tables of a run as text, Markdown, CSV and JSON."""

from __future__ import annotations

import csv as csv_format
import io
import json as json_format
import textwrap
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from results.judging import accuracy, controls, limit, promise, seeds, target
from results.judging.row import Row
from results.judging.rows import DEFAULT_MARGIN, rows
from results.layout import by_model, searches, sheet
from results.layout.columns import READY_DEFINITION
from results.notes import CONTROLS, is_about
from results.record import OF_CLASS, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.layout.sheet import Sheet
    from results.store import Run

__all__ = ["Row", "csv", "json", "markdown", "rows", "text"]

OUTCOMES = ("measured", "built", "skipped", "failed", "interrupted")
WHOLE_WIDTH = 1_000_000  # Markdown wraps by itself
COMMIT_DIGITS = 10  # what git itself shows of a commit in most repositories


def text(run: Run, width: int) -> str:
    """The run's tables for a terminal of this many columns; ends with a newline."""
    all_rows = rows(run)
    loud = [line for line in distrust(all_rows) for line in (_wrapped(line, width), "")]
    lines = [*(_wrapped(line, width) for line in about(run)), "", *loud]
    for name, of_scenario in _by_scenario(all_rows):
        whole = sheet.sheet(of_scenario)
        fitted, tables = sheet.fitted(whole, width)
        lines += [title(name, of_scenario), ""]
        for heading, table in zip(whole.headings(), tables, strict=True):
            lines += [heading, table, ""]
        hidden = [column.name for column in whole.columns if column.name not in fitted.shown]
        if hidden:
            lines += [_wrapped(f"Not shown at this width: {', '.join(hidden)}.", width), ""]
        lines += [*sheet.footnotes(fitted, width), ""] if fitted.numbers else []
        lines += [*(_wrapped(line, width) for line in _how_judged(run, of_scenario, fitted)), ""]
    for name, found in run.tuning.items():
        lines += [f"{name}: tuning", "", *searches.text(found, width)]
    lines += [_wrapped(f"Note: {note}", width) for note in run.notes]
    return "\n".join([*lines, "", *loud]).rstrip() + "\n"


def markdown(run: Run) -> str:
    """The run's tables for GitHub."""
    lines = ["\n\n".join(about(run)), ""]
    for name, of_scenario in _by_scenario(rows(run)):
        tables, legend = scenario_markdown(run, of_scenario)
        lines += [f"## {title(name, of_scenario)}", "", *tables, "\n\n".join(legend), ""]
    for name, found in run.tuning.items():
        lines += [f"## {name}: tuning", "", *searches.markdown(found)]
    lines += general_notes(run)
    return "\n".join(lines).rstrip() + "\n"


def general_notes(run: Run) -> list[str]:
    """What the run notes and no table of cases has below it, a paragraph each, for Markdown."""
    shown = {record.case.scenario for record in run.records}
    notes = [n for n in run.notes if not any(is_about(n, name) for name in shown)]
    return [line for note in notes for line in (f"Note: {note}", "")]


def scenario_markdown(run: Run, of_scenario: Sequence[Row]) -> tuple[list[str], list[str]]:
    """The groups of one scenario with their footnotes and notes, without a title; the legend."""
    whole = sheet.sheet(by_model.ordered(of_scenario))
    loud = [line for line in distrust(of_scenario) for line in (f"**{line}**", "")]
    lines = [*loud, *by_model.lines(whole)]
    for note in sheet.footnotes(whole, WHOLE_WIDTH):
        lines += [note, ""]
    for note in _notes(run, of_scenario):
        lines += [f"Note: {note}", ""]
    return [*lines, *loud], list(_how_judged(run, of_scenario, whole))


def _notes(run: Run, of_scenario: Sequence[Row]) -> Iterator[str]:
    """How the scenario's controls came out, and what else the run notes of it."""
    yield from controls.notes(of_scenario)
    name = of_scenario[0].record.case.scenario
    for note in run.notes:
        if is_about(note, name) and not note.startswith(CONTROLS):
            yield note


def distrust(all_rows: Sequence[Row]) -> list[str]:
    """What makes verdicts untrusted, to be said where nobody overlooks it: a line a control."""
    return list(dict.fromkeys(line for row in all_rows for line in row.distrust))


def csv(all_rows: Sequence[Row]) -> str:
    """Tidy: the public form's keys as headers, base units, unrounded; absent values are empty."""
    out = io.StringIO()
    writer: csv_format.DictWriter[str] | None = None
    for row in all_rows:
        data = {key: _csv_cell(key, value) for key, value in row.as_dict().items()}
        if writer is None:
            writer = csv_format.DictWriter(out, list(data), lineterminator="\n")
            writer.writeheader()
        writer.writerow(data)
    return out.getvalue()


def json(run: Run, all_rows: Sequence[Row]) -> str:
    """The public form: one object with all cases and searches; absent values are null."""
    whole = {
        "schema": SCHEMA,
        "run": run.name,
        "environment": dict(run.environment),
        "cases": [_whole(row) for row in all_rows],
        **_tuning(run),
    }
    return json_format.dumps(whole, indent=2, allow_nan=False) + "\n"


def _tuning(run: Run) -> dict[str, Any]:
    """What searches came to, by their scenario; nothing where there were none."""
    found = {name: searches.public(one) for name, one in run.tuning.items()}
    return {"tuning": found} if found else {}


def _whole(row: Row) -> dict[str, Any]:
    """The public form of a case, and what JSON alone has of it: whatever was measured or read."""
    record = row.record
    return {
        **row.as_dict(),
        **_by_class(row),
        "quantities": {
            each.metric.name: {
                "value": each.value,
                "unit": each.metric.unit,
                "better": each.metric.better,
                "low": each.low,
                "high": each.high,
                "n": each.n,
            }
            for each in record.quantities
            if not each.metric.name.startswith(OF_CLASS)
        },
        "facts": dict(record.facts),
    }


def _by_class(row: Row) -> dict[str, list[float | None]]:
    """Accuracy of each class, None of one without images; nothing where it was not kept."""
    found = {
        int(each.metric.name.removeprefix(OF_CLASS)): each.value
        for each in row.record.quantities
        if each.metric.name.startswith(OF_CLASS)
    }
    classes = range(max(found, default=-1) + 1)
    return {"accuracy_by_class": [found.get(number) for number in classes]} if found else {}


def _by_scenario(all_rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    for name, group in groupby(all_rows, key=lambda row: row.record.case.scenario):
        yield name, list(group)


def about(run: Run) -> list[str]:
    """Which run, of what code, on which machine; what is not known is left out."""
    environment = run.environment
    commit = environment.get("commit")
    changed = " with uncommitted changes" if environment.get("dirty") else ""
    cores = environment.get("cores")
    facts = [
        f"run {run.title}" if run.title else "this run",
        when(run.created),
        f"commit {str(commit)[:COMMIT_DIGITS]}{changed}" if commit else "",
        str(environment.get("cpu_model") or environment.get("machine") or ""),
        ("1 core" if cores == 1 else f"{cores} cores") if cores else "",
    ]
    counts: Counter[str] = Counter(record.outcome for record in run.records)
    outcomes = ", ".join(f"{counts[each]} {each}" for each in OUTCOMES if counts[each])
    cases = "1 case" if len(run.records) == 1 else f"{len(run.records)} cases"
    counted = [f"{cases}: {outcomes}" if outcomes else cases] if run.records else []
    counted += [f"{found.count} of {name}" for name, found in run.tuning.items()]
    return [", ".join(fact for fact in facts if fact), "; ".join(counted or [cases])]


def when(created: str) -> str:
    """To the minute, or as it stands if it is no date."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{in_utc:%Y-%m-%d %H:%M} UTC"


def title(name: str, of_scenario: Sequence[Row]) -> str:
    """The scenario and every model in it, which no column names where there is one alone."""
    models = dict.fromkeys(row.record.case.model for row in of_scenario)
    return f"{name}: {', '.join(models)}"


def _how_judged(run: Run, of_scenario: Sequence[Row], laid_out: Sheet) -> Iterator[str]:
    """What the words of the table mean, as far as its columns have them."""
    shown = laid_out.shown
    yield from laid_out.signs()
    margin = 100.0 * run.margins.get(of_scenario[0].record.case.scenario, DEFAULT_MARGIN)
    yield (
        "Time ratio: time of the case over that of its baseline, measured in turns; below 1 is "
        "faster. Faster and slower are significant over all cases of the scenario and beyond "
        f"{margin:.3g} %; same is within {2 * margin:.3g} %."
    )
    if "accuracy verdict" in shown:
        yield accuracy.DEFINITION
    if "accuracy change" in shown:
        yield accuracy.CHANGE
    yield from seeds.notes([row.record for row in of_scenario], shown)
    if "promised" in shown:
        yield promise.DEFINITION
    if "target ratio" in shown or "time to target vs baseline" in shown:
        yield from target.definitions([row.record for row in of_scenario])
    if "data wait" in shown:
        yield target.DATA_WAIT
    if "ready" in shown or "ready vs baseline" in shown:
        yield READY_DEFINITION
    if "of limit" in shown:
        yield limit.DEFINITION


def _wrapped(line: str, width: int) -> str:
    return textwrap.fill(line, width)


def _csv_cell(key: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ("+" if key == "techniques" else " | ").join(value)
    return str(value)
