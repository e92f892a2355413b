"""Changes as text for people and as JSON for machines."""

from __future__ import annotations

import json as json_format
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import tabulate

from results.comparing.compare import unmeasured
from results.judging.change import FROM_BAD_TO_GOOD, worst
from results.layout import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.change import Change
    from results.store import Run

LEAST_WHY = 30  # columns that the reasons keep however narrow the terminal is


def json(base: Run, head: Run, changes: Sequence[Change]) -> str:
    """The public form of two stored runs."""
    return document(base.name, head.name, changes)


def document(base: str | None, head: str | None, changes: Sequence[Change]) -> str:
    """The public form, which everything that compares two versions prints."""
    whole = {
        "base": base,
        "head": head,
        "changes": [asdict(change) for change in changes],
        "worst": worst(changes),
    }
    return json_format.dumps(whole, indent=2, allow_nan=False) + "\n"


def text(base: Run, head: Run, changes: Sequence[Change], width: int) -> str:
    """What differs between two stored runs, see `summary`."""
    title = f"base {base.title}, head {head.title}"
    neither = list(unmeasured(base, head))
    tail = [f"Measured in neither run: {', '.join(neither)}"] if neither else []
    return "\n".join([*summary(title, changes, width), *tail]) + "\n"


def summary(title: str, changes: Sequence[Change], width: int) -> list[str]:
    """Lines: what differs, the worst first; what stayed the same is only counted."""
    told = [change for change in changes if change.verdict != "same"]
    told.sort(key=lambda change: FROM_BAD_TO_GOOD.index(change.verdict))
    lines = [title]
    if told:
        lines += ["", _table(told, width), ""]
    return [*lines, _counted(changes)]


def _table(changes: Sequence[Change], width: int) -> str:
    cells = [[c.verdict, c.case, c.metric, _ratio(c), c.why] for c in changes]
    headers = ("verdict", "case", "metric", "head / base", "why")
    taken = sum(
        2 + max(len(header), *(len(line[column]) for line in cells))
        for column, header in enumerate(headers[:-1])
    )
    return tabulate.tabulate(
        cells,
        headers,
        disable_numparse=True,
        maxcolwidths=[None, None, None, None, max(LEAST_WHY, width - taken)],
    )


def _ratio(change: Change) -> str:
    if change.ratio is None:
        return ""
    if change.low is None:
        return report.number(change.ratio, 0.0)  # exact
    return report.interval(change.ratio, change.low, change.high)


def _counted(changes: Sequence[Change]) -> str:
    counts = Counter(change.verdict for change in changes)
    counted = ", ".join(f"{counts[name]} {name}" for name in FROM_BAD_TO_GOOD if counts[name])
    return (
        f"{report.cases({change.case for change in changes})} compared: {counted}"
        if counted
        else "nothing to compare"
    )
