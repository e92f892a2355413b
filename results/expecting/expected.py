"""A scenario's table of expected values: what it holds, and how it is read and written."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from results.files import safe_name
from results.judging.untimed import EXACT
from results.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from results.record import Quantity

FOLDER = Path(__file__).resolve().parents[1] / "expected"
METRICS = (*EXACT, "accuracy")
HEADER = ["case", "metric", "value", "tolerance"]
PLACES = 6  # of an accuracy: a tenth of an image of 100,000
DEVICE = re.compile(r"/b\d+(?:/t\d+)?(?:/(cuda\d+))?(?:/|$)")  # in a case's id, as in cuda0
# Five images lost and none gained have p = 0.062 by McNemar's exact test, six have 0.031: fewer
# than six are never significant. Engines and CPUs round differently, and turn an image or two whose
# best classes are close. Half an image more, so that no rounding of the value decides.
IMAGES = 5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a value may be off, either way."""

    amount: Decimal  # 0 or more, in the value's own unit, or in percent of it
    is_percentage: bool = False

    def __str__(self) -> str:
        return plain(self.amount) + ("%" if self.is_percentage else "")

    def allows(self, expected: Decimal, found: Decimal) -> bool:
        """Whether a found value is near enough; in decimals, 0.91 is just 0.0005 off 0.9105."""
        most = abs(expected) * self.amount / 100 if self.is_percentage else self.amount
        return abs(found - expected) <= most


EXACTLY = Tolerance(amount=Decimal(0))
# Versions of the exporter differ: onnxscript 0.6.2 wrote 105 bytes more than 0.7.2 (two nodes that
# the other folds), 0.4 % of our smallest file. A layer that is not quantised is off by more.
BYTES = Tolerance(amount=Decimal(1), is_percentage=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One line of the table: one metric of one case."""

    case: str
    metric: str  # of METRICS
    value: Decimal
    tolerance: Tolerance


def device_of(case: str) -> str:
    """The device in a case's id; the CPU goes without saying."""
    found = DEVICE.search(case)
    return (found and found.group(1)) or "cpu"


def expected_of(case: str, quantity: Quantity, seeds: int = 1) -> Expected:
    """What a measured number lets one expect, with the tolerance of its kind.

    Args:
        case: its id.
        quantity: the number.
        seeds: trainings that it is a mean of; each has seen the whole test set.
    """
    return Expected(
        case=case,
        metric=quantity.metric.name,
        value=rounded(quantity),
        tolerance=_default_tolerance(quantity, seeds),
    )


def rounded(quantity: Quantity) -> Decimal:
    """The number as the table holds it: counts are whole, an accuracy has a few digits."""
    places = PLACES if quantity.metric.name == "accuracy" else 0
    return Decimal(f"{quantity.value:.{places}f}")


def _default_tolerance(quantity: Quantity, seeds: int) -> Tolerance:
    if quantity.metric.name == "accuracy" and quantity.n:
        return Tolerance(amount=Decimal(f"{IMAGES * seeds / quantity.n:.2g}"))
    return BYTES if quantity.metric.name == "artifact_bytes" else EXACTLY


def file_of(scenario: str) -> Path:
    """Where a scenario's table is committed."""
    return FOLDER / f"{safe_name(scenario, 'scenario')}.csv"


def text(table: Iterable[Expected]) -> str:
    """The table as its file holds it: by case, then by metric."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for each in sorted(table, key=lambda line: (line.case, METRICS.index(line.metric))):
        writer.writerow([each.case, each.metric, plain(each.value), str(each.tolerance)])
    return out.getvalue()


def read(path: Path) -> list[Expected]:
    """The table in a file, which people may have edited.

    Raises:
        StoreError: it cannot be read, or a line is not one of such a table; it names the line.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")  # spreadsheets put a mark before it
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise StoreError(msg) from error
    return list(parsed(content, str(path)))


def parsed(content: str, where: str) -> Iterator[Expected]:
    """Each line of a table's text."""
    reader = csv.reader(io.StringIO(content, newline=""))
    first = [cell.strip() for cell in next(reader, [])]
    if first != HEADER:
        _refuse(f"{where}:1", ",".join(first) or "nothing", ",".join(HEADER))
    seen: set[tuple[str, str]] = set()
    for cells in reader:
        if not any(cells):
            continue
        line = _line([cell.strip() for cell in cells], f"{where}:{reader.line_num}")
        if (line.case, line.metric) in seen:
            again = f"{line.metric} of {line.case} again"
            _refuse(f"{where}:{reader.line_num}", again, "one line for each")
        seen.add((line.case, line.metric))
        yield line


def _line(cells: list[str], where: str) -> Expected:
    if len(cells) != len(HEADER):
        _refuse(where, f"{len(cells)} cells", ",".join(HEADER))
    case, metric, value, tolerance = cells
    if metric not in METRICS:
        _refuse(where, f"metric {metric!r}", f"one of {', '.join(METRICS)}")
    return Expected(
        case=case,
        metric=metric,
        value=_number(value, "value", where),
        tolerance=Tolerance(
            amount=_number(tolerance.removesuffix("%"), "tolerance", where),
            is_percentage=tolerance.endswith("%"),
        ),
    )


def _number(given: str, column: str, where: str) -> Decimal:
    try:
        number = Decimal(given)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        also = ", such as 0, 0.01 or 1%" if column == "tolerance" else ""
        _refuse(where, f"{column} {given!r}", f"a number, 0 or more{also}")
    return number


def _refuse(where: str, found: str, allowed: str) -> NoReturn:
    msg = (
        f"{where}: found {found}, expected {allowed}; correct it, or delete the file and write it "
        "again: python -m results expect update"
    )
    raise StoreError(msg)


def plain(number: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    return f"{number.normalize():f}"
