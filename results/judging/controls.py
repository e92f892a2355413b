"""The controls of a run: cases whose verdict is known beforehand, and what follows if it is not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from results.judging.verdict import verdicts
from results.layout import report
from results.notes import CONTROLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from results.judging.row import Row
    from results.judging.stats import Ratio
    from results.judging.verdict import Name
    from results.record import Record

FACT = "control"  # the fact by which a record says that it is a control, and which
TWIN = "A/A twin"
UNSTRUCTURED = "unstructured pruning"
HALF_WIDTH = "half width"
EXPECTED: Mapping[str, Name] = {
    TWIN: "same",  # a copy of the baseline: whatever it shows is the machine's or our own error
    UNSTRUCTURED: "same",  # zeros among the weights leave dense work as it is; see ALLOWED
    HALF_WIDTH: "faster",  # less work on every layer: what does not show this shows nothing
}
# A convolution multiplies zeros as slowly as anything, but max pooling branches on values, and a
# pruned network has others: it pools faster by some percent (docs/evidence/values.py), which is
# no speed that sparsity bought. What sparsity is claimed to buy is many times this.
ALLOWED: Mapping[str, float] = {UNSTRUCTURED: 0.03}
ADVICE = (
    "do not rely on this group's verdicts; rerun on an idle machine, or have python -m bench "
    "selfcheck find the margin that this machine needs"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control of one group, and how it came out."""

    name: str  # of EXPECTED
    group: str  # "digits-cnn, batch size 1, 1 thread, cpu"
    expected: Name
    found: str  # the verdict, or the status of what was not measured
    passed: bool | None  # None: it says neither
    why: str  # "ratio 1.001", or what is in the way of a verdict

    @property
    def text(self) -> str:
        """Such as "A/A twin same (ratio 1.001)"."""
        wanted = f" but must be {self.expected}" if self.passed is False else ""
        return f"{self.name} {self.found} ({self.why}){wanted}"


def is_twin(record: Record) -> bool:
    """Whether the case is the copy of its baseline."""
    return record.facts.get(FACT) == TWIN


def must_be_same(record: Record) -> bool:
    """Whether the case is a control that no work was added to nor taken from."""
    return EXPECTED.get(record.facts.get(FACT, "")) == "same"


def controls(rows: Sequence[Row]) -> list[Control]:
    """Every control among the rows, in their order; what was not selected is not there."""
    return [_control(row, row.record.facts[FACT]) for row in rows if _is_control(row)]


def _is_control(row: Row) -> bool:
    return row.record.facts.get(FACT) in EXPECTED


def _control(row: Row, name: str) -> Control:
    expected = EXPECTED[name]
    found = row.record.status if row.verdict is None else row.verdict.name
    judged = row.verdict is not None and found != "inconclusive"
    is_allowed = found != expected and _is_allowed(row.ratio, name)
    return Control(
        name=name,
        group=f"{row.record.case.scenario}, {report.conditions(row.record.case)}",
        expected=expected,
        found=found,
        passed=found == expected or is_allowed if judged or is_allowed else None,
        why=_why(row) + (_excuse(name) if is_allowed else ""),
    )


def _excuse(name: str) -> str:
    return f"; up to {100 * ALLOWED[name]:g} % is expected, as its values differ"


def passes(name: str, ratio: Ratio | None, margin: float) -> bool:
    """Whether a control with this ratio comes out as it must, judged by itself."""
    (found,) = verdicts([ratio], margin)
    return found.name == EXPECTED[name] or _is_allowed(ratio, name)


def _is_allowed(ratio: Ratio | None, name: str) -> bool:
    """Whether all of the interval is within what the control's other values may do."""
    if name not in ALLOWED or ratio is None or ratio.low is None or ratio.high is None:
        return False
    return 1.0 - ALLOWED[name] <= ratio.low and ratio.high <= 1.0 + ALLOWED[name]


def _why(row: Row) -> str:
    if row.verdict is None:
        return row.record.reason or "not judged"
    ratio = f"ratio {report.ratio(row.ratio)}" if row.ratio else ""
    unclear = row.verdict.why if row.verdict.name == "inconclusive" else ""
    return "; ".join(part for part in (ratio, unclear) if part)


def failures(rows: Sequence[Row]) -> tuple[str, ...]:
    """A loud line for each control among the rows that came out as it must not."""
    return tuple(
        f"UNTRUSTED: {each.group}: {each.text}; {ADVICE}"
        for each in controls(rows)
        if each.passed is False
    )


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """One line for each group that has controls: how each came out, and what it means."""
    for group, same in groupby(controls(rows), key=lambda each: each.group):
        of_group = sorted(same, key=lambda each: list(EXPECTED).index(each.name))
        each = ", ".join(control.text for control in of_group)
        yield f"{CONTROLS}{group}: {each}: {_outcome(of_group)}"


def _outcome(of_group: Sequence[Control]) -> str:
    """Failing outweighs not knowing, which outweighs passing."""
    passed = {control.passed for control in of_group}
    if False in passed:
        return "failed, the verdicts of this group are untrusted"
    if None in passed:
        return "inconclusive, which neither confirms nor refutes the verdicts of this group"
    return "passed"
