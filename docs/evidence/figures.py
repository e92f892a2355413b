"""Writes figures into sentences: those that a comment right behind them says the origin of.

Run from the repository's root after tables were published: python docs/evidence/figures.py

A comment is of one of these forms, invisible on the page, after a figure with as many decimals as
shall be shown:

    17.9<!-- 0.1.0/amd-epyc-2c: 1/ratio of CASE -->
    10.8<!-- 0.1.0/amd-epyc-2c: 1/artifact_bytes of CASE over CASE -->
    93.79<!-- 0.1.0/amd-epyc-2c: accuracy in % of CASE -->

`ratio` and the like are columns of the CSV files in that folder of results/tables, CASE a whole id.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "results" / "tables"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FIGURE = re.compile(
    r"(?P<shown>[+-]?\d[\d,]*(?:\.\d+)?)"
    r"<!-- (?P<folder>[\w.-]+/[\w.-]+): (?P<inverse>1/)?(?P<column>\w+)"
    r"(?: in (?P<unit>%|KB|MB|K|M))? of (?P<case>\S+)(?: over (?P<other>\S+))? -->"
)
UNITS = {"%": 1e2, "KB": 1e-3, "MB": 1e-6, "K": 1e-3, "M": 1e-6, None: 1.0}


def text(document: str, tables: Path = TABLES) -> str:
    """The document with each figure as the table has it.

    Raises:
        ValueError: a table, case or value that a comment names is not there.
    """
    return FIGURE.sub(lambda found: _right(found, tables), document)


def _right(found: re.Match[str], tables: Path) -> str:
    value = _value(found, found["case"], tables)
    if found["other"]:
        value /= _value(found, found["other"], tables)
    if found["inverse"]:
        value = 1 / value
    shown = found["shown"]
    sign = "+" if shown[0] in "+-" else ""
    comma = "," if "," in shown else ""
    decimals = len(shown.partition(".")[2])
    return f"{value * UNITS[found['unit']]:{sign}{comma}.{decimals}f}{found[0][len(shown) :]}"


def _value(found: re.Match[str], case: str, tables: Path) -> float:
    file = tables / found["folder"] / f"{case.partition('/')[0]}.csv"
    try:
        with file.open(newline="") as lines:
            row = next(row for row in csv.DictReader(lines) if row["case"] == case)
        return float(row[found["column"]])
    except (OSError, StopIteration, KeyError, ValueError) as error:
        msg = f"{found[0]}: {file} has no {found['column']} of {case}; correct the comment"
        raise ValueError(msg) from error


def main() -> None:
    """Rewrite the documents."""
    for document in DOCUMENTS:
        document.write_text(text(document.read_text()))
        sys.stdout.write(f"{document}\n")


if __name__ == "__main__":
    main()
