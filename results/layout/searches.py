"""The searches of a run as text, Markdown, CSV and JSON: searchers compared, or cells to ship."""

from __future__ import annotations

import csv as csv_format
import io
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """What the searchers of one tuning scenario came to, or a search for what to ship."""

    of: str = "searcher"  # what a row is of: "searcher", or "cell" of a scenario
    headers: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()  # what is worth a row to people; of cells, the front
    rows: tuple[Mapping[str, Any], ...] = ()  # every searcher or cell, as numbers in base units
    notes: tuple[str, ...] = ()  # what stands below the table
    facts: Mapping[str, Any] = field(default_factory=dict)  # of the whole search, for JSON
    importance: Mapping[str, Any] | None = None  # of the parameters, and over whose trials
    text: str = ""  # all there is in runs that were stored before searches were kept as data

    @property
    def count(self) -> str:
        """How many searchers or cells there were, as far as that is known."""
        if self.text:
            return "searches"
        return f"1 {self.of}" if len(self.rows) == 1 else f"{len(self.rows)} {self.of}s"


def read(stored: object) -> Searches:
    """From a stored run; TypeError or AttributeError if it is nothing that was ever stored."""
    if isinstance(stored, str):
        return Searches(text=stored)
    if not isinstance(stored, Mapping):
        msg = f"tuning: expected an object with named values, found {stored!r}"
        raise TypeError(msg)
    importance = stored.get("importance")
    return Searches(
        of=str(stored.get("of", "searcher")),  # all were, in runs that do not say it
        headers=tuple(map(str, stored.get("headers", ()))),
        cells=tuple(tuple(map(str, row)) for row in stored.get("cells", ())),
        rows=tuple(dict(row) for row in stored.get("rows", ())),
        notes=tuple(map(str, stored.get("notes", ()))),
        facts=dict(stored.get("facts", {})),
        importance=None if importance is None else dict(importance),
    )


def text(found: Searches, width: int) -> Iterator[str]:
    """The table with its notes for a terminal of this many columns."""
    if found.text:
        yield found.text
        return
    if found.cells:
        yield from (_table(found, "simple"), "")
    for note in found.notes:
        yield from (textwrap.fill(note, width), "")


def markdown(found: Searches) -> Iterator[str]:
    """The table with its notes for GitHub."""
    if found.text:
        yield from ("```text", found.text.rstrip(), "```", "")
        return
    if found.cells:
        yield from (_table(found, "pipe"), "")
    for note in found.notes:
        yield from (note, "")


def _table(found: Searches, style: str) -> str:
    return tabulate.tabulate(
        found.cells, found.headers, tablefmt=style, disable_numparse=True, stralign="right"
    )


def csv(tuning: Mapping[str, Searches]) -> str:
    """Tidy: a row for each searcher or cell; base units, absent values are empty."""
    lines = [
        {"scenario": name, **{key: _plain(value) for key, value in row.items()}}
        for name, found in tuning.items()
        for row in found.rows
    ]
    out = io.StringIO()
    head = list(dict.fromkeys(key for line in lines for key in line))
    writer = csv_format.DictWriter(out, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def _plain(value: object) -> object:
    """As the tables of cases have it."""
    return str(value).lower() if isinstance(value, bool) else value


def public(found: Searches) -> dict[str, Any]:
    """As JSON has it; of a run that has text alone, the text."""
    if found.text:
        return {"text": found.text}
    rows = [dict(row) for row in found.rows]
    return {**found.facts, f"{found.of}s": rows, "importance": found.importance}
