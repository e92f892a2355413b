"""Writes the tables of docs/techniques.md from the published ones, so that no figure is typed.

Run from the repository's root: python docs/evidence/techniques.py results/tables/VERSION/MACHINE

It replaces what stands between the markers and leaves the words around them alone. A marker of
"*.csv" has a line for each technique, over all tables that compare techniques.
"""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import groupby
from pathlib import Path

import markers
import measured
import tabulate

DENSE = "dense"
TWIN = "/twin"  # ends the id of a copy of the baseline, which is measured as a control
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "techniques"
ALL = "*"  # the marker's name that stands for every table
DOCUMENT = ROOT / "docs" / f"{SCRIPT}.md"
HEADERS = (
    "technique",
    "engine, precision",
    "batch",
    "MACs left",
    "time left (95 %)",
    "realised",
    "realised / MACs left",
    "size left",
    "top-1 (%)",
    "change (points)",
    "accuracy",
    "verdict",
)

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before

Row = dict[str, str]


def scenarios(document: str) -> list[str]:
    """Those that the document has markers for, in its order."""
    return [name for name in markers.names(document, SCRIPT) if name != ALL]


def text(document: str, folder: Path) -> str:
    """The document with its tables made anew from the CSV files of the folder."""
    return markers.filled(document, SCRIPT, lambda name: _between(name, folder))


def _between(name: str, folder: Path) -> str:
    return measured.table(folder) if name == ALL else tables(folder / f"{name}.csv")


def tables(file: Path) -> str:
    """One table for each model; only where there are several is the model named above it."""
    with file.open(newline="") as lines:
        known = [row for row in csv.DictReader(lines) if row["ratio"]]
    rows = [row for row in known if not row["case"].endswith(TWIN)]
    rows.sort(key=lambda row: row["model"])
    by_model = {model: list(same) for model, same in groupby(rows, lambda row: row["model"])}
    if len(by_model) == 1:
        return table(rows)
    return "\n\n".join(f"{model}:\n\n{table(same)}" for model, same in by_model.items())


def table(rows: list[Row]) -> str:
    """Of each technique and batch size: plain eager fp32, and the fastest engine and precision."""
    rows = sorted(rows, key=lambda row: (*_group(row), float(row["ratio"])))
    dense = {_place(row): row for row in sorted(rows, key=_is_plain) if row["techniques"] == DENSE}
    cells = []
    for _, same in groupby(rows, key=_group):
        fastest, *others = same
        shown = [row for row in others if _is_plain(row)]
        cells += [_cells(row, dense.get(_place(row))) for row in (*shown, fastest)]
    return tabulate.tabulate(cells, HEADERS, tablefmt="github", disable_numparse=True)


def _group(row: Row) -> tuple[str, str, int, int]:
    return (row["techniques"], *_place(row))


def _place(row: Row) -> tuple[str, int, int]:
    return (row["device"], int(row["threads"]), int(row["batch_size"]))


def _is_plain(row: Row) -> bool:
    return (row["engine"], row["precision"]) == ("eager", "fp32")


def _cells(row: Row, dense: Row | None) -> list[str]:
    """A table that was published before a column existed has nothing in it."""
    return [
        row["techniques"],
        f"{row['engine']} {row['precision']}",
        row["batch_size"],
        _share(row, dense, "macs"),
        interval(row),
        _rounded(row, "realised"),
        _rounded(row, "realised_over_promised"),
        _share(row, dense, "artifact_bytes"),
        f"{100 * float(row['accuracy']):.2f}" if row["accuracy"] else "",
        _change(row, dense),
        row.get("accuracy_verdict", ""),
        row["verdict"] or "the baseline",
    ]


def _change(row: Row, dense: Row | None) -> str:
    """Points of accuracy against the model's own dense network in plain eager fp32."""
    if dense is None or row is dense or not _is_plain(dense):
        return ""
    if not row["accuracy"] or not dense["accuracy"]:
        return ""
    return f"{100 * (float(row['accuracy']) - float(dense['accuracy'])):+.2f}"


def _rounded(row: Row, column: str) -> str:
    return f"{float(row[column]):.2f}" if row.get(column) else ""


def interval(row: Row) -> str:
    """The ratio of a row with its interval: "0.120 (0.119 to 0.122)"."""
    if not row["ratio_low"]:
        return f"{float(row['ratio']):.3f}"
    value, low, high = (float(row[name]) for name in ("ratio", "ratio_low", "ratio_high"))
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _share(row: Row, dense: Row | None, column: str) -> str:
    if not dense or not row[column] or not dense[column]:
        return ""
    return f"{float(row[column]) / float(dense[column]):.2f}"


def main() -> None:
    """Rewrite the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of published tables, to read from")
    folder = parser.parse_args().folder
    document = DOCUMENT.read_text()
    missing = [name for name in scenarios(document) if not (folder / f"{name}.csv").exists()]
    if missing:
        parser.error(f"{folder} has no {', '.join(missing)}; publish those scenarios first")
    DOCUMENT.write_text(text(document, folder))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
