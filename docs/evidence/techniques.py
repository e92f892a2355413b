"""Writes the tables of docs/techniques.md from the published ones, so that no figure is typed.

Run from the repository's root: python docs/evidence/techniques.py results/tables/VERSION/MACHINE

It replaces what stands between the markers and leaves the words around them alone.
"""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import groupby
from pathlib import Path

import tabulate

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "techniques.md"
BEGIN = "<!-- from {table}.csv, written by docs/evidence/techniques.py: begin -->"
END = "<!-- end -->"
SCENARIOS = ("fashion-cnn", "fashion-resnet")
HEADERS = (
    "technique",
    "engine, precision",
    "batch",
    "MACs left",
    "time left (95 %)",
    "size left",
    "top-1 (%)",
    "change (points)",
    "verdict",
)

tabulate.MIN_PADDING = 0  # as results.sheet has it: the same table whoever was imported before

Row = dict[str, str]


def text(document: str, folder: Path) -> str:
    """The document with its tables made anew from the CSV files of the folder."""
    for scenario in SCENARIOS:
        begin = BEGIN.format(table=scenario)
        before, found, rest = document.partition(begin)
        _, ended, after = rest.partition(END)
        if not found or not ended:
            msg = f"{DOCUMENT}: expected {begin} and, after it, {END}"
            raise ValueError(msg)
        document = f"{before}{begin}\n\n{table(folder / f'{scenario}.csv')}\n\n{END}{after}"
    return document


def table(file: Path) -> str:
    """Of each technique and batch size: plain eager fp32, and the fastest engine and precision."""
    with file.open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["ratio"]]
    baselines = {row["batch_size"]: row for row in rows if row["is_baseline"] == "true"}
    rows.sort(key=lambda row: (row["techniques"], int(row["batch_size"]), float(row["ratio"])))
    cells = []
    for _, same in groupby(rows, key=lambda row: (row["techniques"], row["batch_size"])):
        fastest, *others = same
        shown = [row for row in others if (row["engine"], row["precision"]) == ("eager", "fp32")]
        cells += [_cells(row, baselines[row["batch_size"]]) for row in (*shown, fastest)]
    return tabulate.tabulate(cells, HEADERS, tablefmt="github", disable_numparse=True)


def _cells(row: Row, baseline: Row) -> list[str]:
    return [
        row["techniques"],
        f"{row['engine']} {row['precision']}",
        row["batch_size"],
        _share(row, baseline, "macs"),
        _interval(row),
        _share(row, baseline, "artifact_bytes"),
        f"{100 * float(row['accuracy']):.2f}",
        f"{100 * float(row['accuracy_change']):+.2f}",
        row["verdict"] or "the baseline",
    ]


def _interval(row: Row) -> str:
    value, low, high = (float(row[name]) for name in ("ratio", "ratio_low", "ratio_high"))
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _share(row: Row, baseline: Row, column: str) -> str:
    return f"{float(row[column]) / float(baseline[column]):.2f}"


def main() -> None:
    """Rewrite the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of published tables, to read from")
    folder = parser.parse_args().folder
    missing = [name for name in SCENARIOS if not (folder / f"{name}.csv").exists()]
    if missing:
        parser.error(f"{folder} has no {', '.join(missing)}; publish those scenarios first")
    DOCUMENT.write_text(text(DOCUMENT.read_text(), folder))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
