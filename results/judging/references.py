"""Whom a case is held against beside its baseline: the same model's dense network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.record import Record

DENSE = ("dense",)  # as trained, with nothing done to it


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The dense networks of a case's model in its group; None where they were not measured."""

    # On the baseline's engine and precision, or where that was not measured (a forest in eager
    # PyTorch) on the case's own: what accuracy is judged by.
    of_accuracy: Record | None
    of_time: Record | None  # on the case's own: what the time that a technique left is judged by


def references(record: Record, group: Sequence[Record], baseline: Record | None) -> References:
    """Those of one case in its group, the baseline first; nobody is held against itself."""
    is_dense = record.case.techniques == DENSE
    of_time = _dense(record, group, record.case.engine, record.case.precision)
    of_accuracy = None
    if baseline is not None:
        of_accuracy = _dense(record, group, baseline.case.engine, baseline.case.precision)
        if of_accuracy is None or of_accuracy.status != "measured":
            of_accuracy = of_time
    return References(
        of_accuracy=None if of_accuracy is record else of_accuracy,
        of_time=None if is_dense else of_time,
    )


def _dense(record: Record, group: Sequence[Record], engine: str, precision: str) -> Record | None:
    """The dense network of the record's model on an engine; the baseline before its copy."""
    wanted = (record.case.model, DENSE, engine, precision)
    return next((each for each in group if _what(each) == wanted), None)


def _what(record: Record) -> tuple[str, tuple[str, ...], str, str]:
    case = record.case
    return (case.model, case.techniques, case.engine, case.precision)
