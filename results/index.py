"""The page to start from among published tables: one line for each table of a folder."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import tabulate

from results.layout import outcome

if TYPE_CHECKING:
    from pathlib import Path

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before

NAME = "README.md"
QUESTION = "> "  # begins the line of a table's page that has the scenario's question
HEADERS = ("table", "what it asks", "rows", "what came out")
KINDS = {"searcher": "searchers", "on_front": "cells"}  # by a column that only theirs have
HEAD = (
    "Each table is of one scenario. Its page has the date, the commit and what its columns mean, "
    "its CSV file every number. What came out is the fastest case of the baseline's own model: how "
    "many times faster it is than the baseline of its group. Of cases whose intervals overlap with "
    "the fastest one's it is the one with the fewest techniques."
)


def page(machine: Path) -> str:
    """The Markdown of a folder's tables, those of older suites among them, from its files alone."""
    pages = sorted(each for each in machine.glob("*.md") if each.name != NAME)
    lines = [[_cell(text) for text in _line(each)] for each in pages]
    table = tabulate.tabulate(lines, HEADERS, tablefmt="github", disable_numparse=True)
    return f"# Published tables of {machine.name}\n\n{HEAD}\n\n{table}\n"


def _line(table: Path) -> tuple[str, str, str, str]:
    values = table.with_suffix(".csv")
    content = values.read_text(encoding="utf-8") if values.exists() else ""
    link = f"[{table.stem}]({table.name})"
    return (link, _question(table), _rows(content), _what_came_out(content))


def _question(table: Path) -> str:
    """What its scenario asks; empty for a page of an older suite, which does not say it."""
    lines = table.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(QUESTION) for line in lines if line.startswith(QUESTION)), "")


def _rows(content: str) -> str:
    """How many rows, and of what."""
    reader = csv.DictReader(io.StringIO(content))
    count = len(list(reader))
    head = reader.fieldnames or ()
    kind = next((kind for column, kind in KINDS.items() if column in head), "cases")
    return f"{count} {kind}" if count else ""


def _what_came_out(content: str) -> str:
    found = outcome.of(content)
    return found.cell if found else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
