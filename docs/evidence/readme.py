"""Writes the rows that README.md shows from the published table, so that no figure is typed.

Run from the repository's root: python docs/evidence/readme.py results/tables/VERSION/MACHINE
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import markers
import tabulate
import techniques

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "readme"
DOCUMENT = ROOT / "README.md"
HEADERS = (
    "batch",
    "variant",
    "engine, precision",
    "p50 (µs)",
    "vs baseline",
    "time ratio (95 %)",
    "top-1 (%)",
    "accuracy",
)
TWIN = "dense (A/A twin)"
SHOWN = {  # what tells most, of each batch size
    "1": (
        ("dense", "eager", "fp32"),
        (TWIN, "eager", "fp32"),
        ("dense", "onnxruntime", "fp32"),
        ("dense", "openvino", "int8"),
        ("grouped@groups=2", "eager", "fp32"),
        ("half_width", "onnxruntime", "fp32"),
        ("prune_structured@ratio=0.5", "onnxruntime", "fp32"),
        ("prune_unstructured@amount=0.8", "eager", "fp32"),
    ),
    "32": (
        ("dense", "openvino", "int8"),
        ("grouped@groups=2", "eager", "fp32"),
        ("half_width", "onnxruntime", "fp32"),
    ),
}

Row = dict[str, str]

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before


def text(document: str, folder: Path) -> str:
    """The document with its rows made anew from the folder's files."""
    return markers.filled(document, SCRIPT, lambda name: table(folder / f"{name}.csv"))


def table(file: Path) -> str:
    """The rows to be shown; KeyError if the published table lacks one of them."""
    with file.open(newline="") as lines:
        published = {_key(row): row for row in csv.DictReader(lines)}
    cells = [_cells(key, published[batch, *key]) for batch, keys in SHOWN.items() for key in keys]
    return tabulate.tabulate(cells, HEADERS, tablefmt="github", disable_numparse=True)


def _key(row: Row) -> tuple[str, ...]:
    variant = TWIN if row["case"].endswith(techniques.TWIN) else row["techniques"]
    return (row["batch_size"], variant, row["engine"], row["precision"])


def _cells(key: tuple[str, ...], row: Row) -> list[str]:
    variant, *_engine = key
    return [
        row["batch_size"],
        variant,
        f"{row['engine']} {row['precision']}",
        f"{1e6 * float(row['latency_p50_s']):,.1f}",
        _versus(row),
        techniques.interval(row),
        f"{100 * float(row['accuracy']):.1f}",
        row["accuracy_verdict"],
    ]


def _versus(row: Row) -> str:
    ratio = float(row["ratio"])
    times = {"faster": 1 / ratio, "slower": ratio}.get(row["verdict"])
    return f"{times:.2f}x {row['verdict']}" if times else row["verdict"] or "the baseline"


def main() -> None:
    """Rewrite the document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of published tables, to read from")
    DOCUMENT.write_text(text(DOCUMENT.read_text(), parser.parse_args().folder))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
