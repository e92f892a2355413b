"""One line for each technique and precision: what it was measured to give, over many tables."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tabulate

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from models.techniques import FOLDER, tasks  # noqa: E402 - after the path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DENSE, PLAIN = "dense", "fp32"
PRECISIONS = ("bf16", "fp16", "int8", "int8_dynamic")  # of inference, other than PLAIN
# Those whose groups have the dense network of each model.
TABLES = ("digits-*.csv", "fashion-*.csv", "imagenet-*.csv")
ENDS = ("-training.csv",)  # of tables of another task
NEVER = "not measured"
HEADERS = (
    "technique",
    "variant",
    "MACs left",
    "time left",
    "change (points)",
    "over without it",
    "of models",
    "in tables",
)

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One measured row, held against the same model's dense network."""

    model: str
    scenario: str
    macs_left: float | None
    time_left: float  # of the same engine's; of a technique, in the same precision
    change: float | None  # of accuracy, against fp32 on the engine of the table's baseline
    gain: float | None  # of accuracy, against the same row without the technique


def names() -> list[str]:
    """All techniques of inference but the dense network itself."""
    return [name for name in FOLDER.names() if name != DENSE and "inference" in tasks(name)]


def table(folder: Path) -> str:
    """Variants of each technique as they were written, or why there are none."""
    rows = list(_rows(folder))
    lines = [line for name in names() for line in _lines(name, rows)]
    lines += [
        _line(f"precision `{each}`", DENSE, _cells(None, _dense(rows, each), rows))
        for each in PRECISIONS
    ]
    return tabulate.tabulate(lines, HEADERS, tablefmt="github", disable_numparse=True)


def _rows(folder: Path) -> Iterator[Row]:
    files = sorted({file for pattern in TABLES for file in folder.glob(pattern)})
    for file in files:
        if not file.name.endswith(ENDS):
            with file.open(newline="") as lines:
                table_of = csv.DictReader(lines)
                if "techniques" in (table_of.fieldnames or ()):  # searches have none
                    yield from table_of


def _lines(name: str, rows: Sequence[Row]) -> Iterator[list[str]]:
    """Where a technique stands with as few others as possible."""
    known = [row for row in rows if name in _steps(row)]
    measured = [row for row in known if row["realised"]]
    fewest = min((len(_steps(row)) for row in measured), default=0)
    shown = [row for row in measured if len(_steps(row)) == fewest]
    for variant in sorted({row["techniques"] for row in shown}):
        of_variant = [row for row in shown if row["techniques"] == variant]
        yield _line(f"`{name}`", variant, _cells(name, of_variant, rows))
    if not shown:
        reasons = sorted({row["reason"] for row in known if row["reason"]})
        yield [f"`{name}`", "", "", f"{NEVER}: {'; '.join(reasons)}" if reasons else NEVER]


def _steps(row: Row) -> list[str]:
    return [step.partition("@")[0] for step in row["techniques"].split("+")]


def _dense(rows: Sequence[Row], precision: str) -> list[Row]:
    wanted = (DENSE, precision)
    return [row for row in rows if (row["techniques"], row["precision"]) == wanted and row["ratio"]]


def _line(technique: str, variant: str, cells: Sequence[Cell]) -> list[str]:
    if not cells:
        return [technique, "", "", NEVER]
    count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    return [
        technique,
        variant,
        _span([cell.macs_left for cell in cells], ".2f"),
        f"{_span([cell.time_left for cell in cells], '.2f')} ({count})",
        _span(_points([cell.change for cell in cells]), "+.2f"),
        _span(_points([cell.gain for cell in cells]), "+.2f"),
        ", ".join(dict.fromkeys(cell.model for cell in cells)),
        ", ".join(dict.fromkeys(cell.scenario for cell in cells)),
    ]


def _span(values: Sequence[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    ends = dict.fromkeys(f"{end:{form}}" for end in (min(known), max(known))) if known else ()
    return " to ".join(ends)


def _points(changes: Sequence[float | None]) -> list[float | None]:
    return [None if change is None else 100 * change for change in changes]


def _cells(name: str | None, chosen: Sequence[Row], rows: Sequence[Row]) -> list[Cell]:
    found = [_cell(name, row, rows) for row in chosen]
    return [cell for cell in found if cell]


def _cell(name: str | None, row: Row, rows: Sequence[Row]) -> Cell | None:
    """None of a precision, whose name is None, on an engine that was not measured in fp32."""
    kin = [each for each in rows if _place(each) == _place(row) and each["ratio"]]
    base = next(each for each in kin if each["is_baseline"] == "true")
    dense = [each for each in kin if (each["model"], each["techniques"]) == (row["model"], DENSE)]
    time_left = _time_left(row, dense)
    if time_left is None:
        return None
    return Cell(
        model=row["model"],
        scenario=row["scenario"],
        macs_left=float(row["promised"]) if row["promised"] else None,
        time_left=time_left,
        change=_change(row, _on(dense, base["engine"], base["precision"])),
        gain=_change(row, _without(name, row, kin)) if name else None,
    )


def _without(name: str, row: Row, kin: Sequence[Row]) -> Row | None:
    """The row that lacks the technique and is like it in all else."""
    kept = [step for step in row["techniques"].split("+") if step.partition("@")[0] != name]
    same = [each for each in kin if each["model"] == row["model"]]
    wanted = [each for each in same if each["techniques"] == ("+".join(kept) or DENSE)]
    return _on(wanted, row["engine"], row["precision"])


def _time_left(row: Row, dense: Sequence[Row]) -> float | None:
    if row["realised"]:
        return float(row["realised"])
    plain = _on(dense, row["engine"], PLAIN)
    return float(row["ratio"]) / float(plain["ratio"]) if plain else None


def _on(rows: Sequence[Row], engine: str, precision: str) -> Row | None:
    wanted = (engine, precision)
    return next((row for row in rows if (row["engine"], row["precision"]) == wanted), None)


def _place(row: Row) -> tuple[str, ...]:
    return (row["scenario"], row["device"], row["threads"], row["batch_size"])


def _change(row: Row, dense: Row | None) -> float | None:
    if dense is None or not row["accuracy"] or not dense["accuracy"]:
        return None
    return float(row["accuracy"]) - float(dense["accuracy"])
