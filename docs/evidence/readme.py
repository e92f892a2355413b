"""Writes the rows that README.md shows, cell by cell as they stand in the published table.

Run from the repository's root: python docs/evidence/readme.py results/tables/VERSION/MACHINE
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import markers
import tabulate

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "readme"
DOCUMENT = ROOT / "README.md"
P50 = "p50"  # its unit is the group's
COLUMNS = (
    "variant",
    "engine, precision",
    P50,
    "vs baseline",
    "time ratio (95 % interval)",
    "top-1 (%)",
    "accuracy",
)
HEADING = re.compile(r"\*\*batch size (\d+),.*\*\*")  # of a group
TWIN = "dense (A/A twin)"
SHOWN = {  # what tells most, of each batch size
    "1": (
        ("dense", "eager fp32"),
        (TWIN, "eager fp32"),
        ("dense", "onnxruntime fp32"),
        ("dense", "openvino int8"),
        ("grouped@groups=2", "eager fp32"),
        ("half_width", "onnxruntime fp32"),
        ("prune_structured@ratio=0.5", "onnxruntime fp32"),
        ("prune_unstructured@amount=0.8", "eager fp32"),
    ),
    "32": (
        ("dense", "openvino int8"),
        ("grouped@groups=2", "eager fp32"),
        ("half_width", "onnxruntime fp32"),
    ),
}

Row = dict[str, str]  # a cell by its header

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before


def text(document: str, folder: Path) -> str:
    """The document with its rows made anew from the folder's files."""
    return markers.filled(document, SCRIPT, lambda name: table(folder / f"{name}.md"))


def table(file: Path) -> str:
    """The rows to be shown; KeyError if the published table lacks one of them."""
    published = _published(file.read_text())
    keys = [(batch, *key) for batch, keys in SHOWN.items() for key in keys]
    cells = [[key[0], *(published[key][column] for column in COLUMNS)] for key in keys]
    return tabulate.tabulate(cells, ("batch", *COLUMNS), tablefmt="github", disable_numparse=True)


def _published(text: str) -> dict[tuple[str, ...], Row]:
    """The rows of a published table of one model, by batch size, variant and engine."""
    rows: dict[tuple[str, ...], Row] = {}
    batch, headers = "", list[str]()
    for line in text.splitlines():
        if heading := HEADING.fullmatch(line):
            batch, headers = heading.group(1), []
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if headers:
                rows[batch, *cells[:2]] = _row(headers, cells)
            headers = headers or cells
    return rows


def _row(headers: list[str], cells: list[str]) -> Row:
    """With the unit of its p50 in that cell: groups have units of their own."""
    row = dict(zip(headers, cells, strict=True))
    header = next(each for each in headers if each.startswith(P50))
    unit = header.removeprefix(P50).strip(" ()")
    return {**row, P50: f"{row[header]} {unit}"}


def main() -> None:
    """Rewrite the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of published tables, to read from")
    DOCUMENT.write_text(text(DOCUMENT.read_text(), parser.parse_args().folder))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
