"""What came out of a published table in one line: the fastest case that is as good."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging.references import DENSE
from results.judging.stats import Ratio
from results.layout import report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Cells = Mapping[str, str]  # a row of the public form as CSV has it

ENDS = ("low", "high")
AS_GOOD = ("equal", "better")
AT_TARGET = "to the target accuracy"
AT_ACCURACY = "at equal accuracy"
UNKNOWN = "without accuracies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The fastest case of a table against the baseline of its group."""

    sense: str  # such as AT_ACCURACY
    times: str  # "17.9x faster"; empty where no case is faster
    case: str = ""  # "`half_width`, openvino int8, batch size 1"

    @property
    def sentence(self) -> str:
        """As a line of its own."""
        if not self.times:
            return f"None is faster than the baseline, {self.sense}."
        return f"Fastest: {self.case}: **{self.times}** than the baseline, {self.sense}."

    @property
    def cell(self) -> str:
        """As a cell of a table."""
        if not self.times:
            return f"none is faster {self.sense}"
        return f"{self.times} {self.sense}: {self.case}"


def of(content: str) -> Outcome | None:
    """Of a table as CSV, new or from an older suite; None where no case was held to a baseline.

    Only cases of the baseline's own model take part: another one's accuracy is held to its own.
    """
    rows = list(csv.DictReader(io.StringIO(content)))
    models = {row["model"] for row in rows if row.get("is_baseline") == "true"}
    judged = [row for row in rows if row.get("verdict") and row["model"] in models]
    if not judged:
        return None
    if any(row.get("target_ratio") for row in judged):
        return _fastest(AT_TARGET, judged, "target_")
    if any(row.get("accuracy_verdict") for row in judged):
        good = [row for row in judged if row["accuracy_verdict"] in AS_GOOD]
        return _fastest(AT_ACCURACY, good)
    return _fastest(UNKNOWN, judged)


def _fastest(sense: str, rows: Sequence[Cells], prefix: str = "") -> Outcome:
    """Of several whose intervals reach the fastest one's, that with the fewest techniques."""
    faster = [row for row in rows if row[f"{prefix}verdict"] == "faster"]
    if not faster:
        return Outcome(sense=sense, times="")
    name = f"{prefix}ratio"
    first = min(faster, key=lambda row: float(row[name]))
    reach = float(first[f"{name}_high"] or first[name])
    alike = [row for row in faster if float(row[f"{name}_low"] or row[name]) <= reach]
    best = min(alike, key=lambda row: (_steps(row), float(row[name])))
    return Outcome(sense=sense, times=_times(best, name), case=_named(best, rows))


def _steps(row: Cells) -> int:
    """How many techniques were applied, the dense network being none."""
    return sum(step not in DENSE for step in row["techniques"].split("+"))


def _times(row: Cells, name: str) -> str:
    """As the table's own cell has it."""
    low, high = (float(row[f"{name}_{end}"]) if row[f"{name}_{end}"] else None for end in ENDS)
    ratio = Ratio(value=float(row[name]), low=low, high=high, p_value=None, replicates=1)
    return report.times(ratio, "faster")


def _named(row: Cells, rows: Sequence[Cells]) -> str:
    """The techniques, and what tells its group from others of the table."""
    threads = {each["threads"] for each in rows}
    return ", ".join(
        [
            f"`{row['techniques']}`",
            f"{row['engine']} {row['precision']}",
            f"batch size {row['batch_size']}",
            *([f"{row['threads']} threads"] if len(threads) > 1 else []),
        ]
    )
