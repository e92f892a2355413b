"""The searches of a run as text, Markdown, CSV and JSON: searchers compared, or cells to ship."""

from __future__ import annotations

import csv as csv_format
import io
import textwrap
from typing import TYPE_CHECKING, Any

import tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from results.searches import Searches

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before


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
