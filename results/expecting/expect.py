"""Holds a run against tables of expected values, and makes the tables from a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from results.comparing.compare import REACHED
from results.expecting.expected import METRICS, device_of, expected_of
from results.judging import controls
from results.judging.change import Change
from results.judging.target import SEEDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from results.expecting.expected import Expected
    from results.judging.change import Name
    from results.record import Record

STATUS = "status"  # the metric of a line that is about the whole case


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One expected value, or a case, beside what the run has of it; texts for people."""

    case: str
    metric: str
    verdict: Name
    expected: str = ""
    found: str = ""
    tolerance: str = ""
    ratio: float | None = None

    @property
    def change(self) -> Change:
        """The same in the form of all that compares."""
        allowed = f", tolerance {self.tolerance}" if self.tolerance else ""
        return Change(
            case=self.case,
            metric=self.metric,
            ratio=self.ratio,
            verdict=self.verdict,
            why=f"expected {self.expected or 'nothing'}, found {self.found or 'nothing'}{allowed}",
        )


def check(table: Sequence[Expected], records: Sequence[Record]) -> list[Checked]:
    """Every expected value of a scenario against its records, in the order of the table.

    Cases of a device on which the run measured nothing are left out: a GPU's nightly run and a
    CPU's gate share one table. What the table does not have comes last.
    """
    by_case = {record.case.id: record for record in _own(records)}
    expected: dict[str, dict[str, Expected]] = {}
    for line in _of_devices(table, records):
        expected.setdefault(line.case, {})[line.metric] = line
    found = [
        each for case, lines in expected.items() for each in _case(case, lines, by_case.get(case))
    ]
    new = (case for case, record in by_case.items() if case not in expected and _reached(record))
    return [*found, *(_status(case, "new", "", by_case[case].status) for case in new)]


def exit_code(of_each: Sequence[Sequence[Checked]]) -> int:
    """What became of the tables: 0 all is as expected, 1 a value is off, 3 one was not measured.

    A value is off when it is better than expected, too. Of a table that is not about the run at
    all nothing was measured, whatever the others say.
    """
    names = [{each.verdict for each in checked} - {"new"} for checked in of_each]
    if any(each - {"same", "missing"} for each in names):
        return 1
    return 0 if names and all(each == {"same"} for each in names) else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The table that a run asks for, and what became of cases that the run did not measure."""

    table: tuple[Expected, ...]
    kept: tuple[str, ...]  # cases that were tried in vain: their lines stay
    dropped: tuple[str, ...]  # cases that the run does not have


def updated(table: Sequence[Expected], records: Sequence[Record]) -> Update:
    """The table that expects what these records of its scenario have.

    Tolerances stay as they are, since people may have set them, and so do lines of other devices.
    """
    tolerances = {(line.case, line.metric): line.tolerance for line in table}
    own = list(_own(records))
    reached = {record.case.id for record in own if _reached(record)}
    vain = {record.case.id for record in own} - reached
    ours = {line.case for line in _of_devices(table, records)}
    new = [line for record in own if _reached(record) for line in _expected(record)]
    return Update(
        table=(
            *(line for line in table if line.case in vain or line.case not in ours),
            *(replace(n, tolerance=tolerances.get((n.case, n.metric), n.tolerance)) for n in new),
        ),
        kept=tuple(sorted(ours & vain)),
        dropped=tuple(sorted(ours - vain - reached)),
    )


def _own(records: Iterable[Record]) -> Iterator[Record]:
    """Without the copy of the baseline: it is made for its times, and its numbers are the same."""
    return (record for record in records if not controls.is_twin(record))


def _of_devices(table: Iterable[Expected], records: Iterable[Record]) -> list[Expected]:
    """What the table expects on devices that the run was made for."""
    devices = {device_of(record.case.id) for record in records}
    return [line for line in table if not devices or device_of(line.case) in devices]


def _reached(record: Record) -> bool:
    return record.status in REACHED


def _expected(record: Record) -> Iterator[Expected]:
    seeds = int(record.value(SEEDS) or 1)
    quantities = (record.quantity(metric) for metric in METRICS)
    return (expected_of(record.case.id, quantity, seeds) for quantity in quantities if quantity)


def _case(case: str, lines: dict[str, Expected], record: Record | None) -> Iterator[Checked]:
    if record is None or not _reached(record):
        yield _status(case, "missing", "measured", _why_not(record))
        return
    found = {line.metric: line for line in _expected(record)}
    for metric in METRICS:
        if metric in lines or metric in found:
            yield _value(case, metric, lines.get(metric), found.get(metric))


def _why_not(record: Record | None) -> str:
    if record is None:
        return "not in the run"
    return record.ending


def _status(case: str, verdict: Name, expected: str, found: str) -> Checked:
    return Checked(case=case, metric=STATUS, verdict=verdict, expected=expected, found=found)


def _value(case: str, metric: str, line: Expected | None, found: Expected | None) -> Checked:
    return Checked(
        case=case,
        metric=metric,
        verdict=_verdict(line, found),
        expected="" if line is None else _shown(line.value),
        found="" if found is None else _shown(found.value),
        tolerance="" if line is None else str(line.tolerance),
        ratio=float(found.value / line.value) if line and found and line.value else None,
    )


def _shown(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _verdict(line: Expected | None, found: Expected | None) -> Name:
    if line is None:
        return "new"
    if found is None:
        return "missing"
    if line.tolerance.allows(line.value, found.value):
        return "same"
    if line.metric == "accuracy":
        return "wrong" if found.value < line.value else "better"
    return "larger" if found.value > line.value else "smaller"
