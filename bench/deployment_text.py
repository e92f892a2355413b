"""The front that deployment tuning found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from bench.deployment import cell_of

if TYPE_CHECKING:
    from bench.deployment import Deployment, Found

HEADERS = (
    "variant",
    "engine",
    "precision",
    "batch",
    "threads",
    "time of a sample (95 %)",
    "top-1, searched (%)",
    "top-1, held out (%)",
)


def text(search: Deployment) -> str:
    """What nothing beats, what matters, and how to measure it with the whole budget."""
    front = search.front()
    if not front:
        reasons = "".join(f"  {case}: {why}\n" for case, why in search.failed().items())
        return f"No cell could be measured.\n{reasons}"
    by_id = {case.id: case for case in search.cases}
    rows = [[*cell_of(by_id[one.case]).values(), *_measured(one)] for one in front]
    lines = [
        f"{search.measured} of {len(search.cases)} cells measured, {len(search.failed())} failed.",
        f"{len(front)} that no other beats in time and accuracy together:",
        "",
        tabulate(rows, HEADERS, disable_numparse=True),
        "",
        f"Time of a sample: over that of {search.baseline.id}, in turns; below 1 is faster.",
        "Searched: the half of the test images that the search saw. Held out: the other half.",
        *_importance(search),
        "With the whole budget, and verdicts:",
        f"  pytest bench/ --scenario {by_id[front[0].case].scenario.file} "
        + " ".join(f"--case '{one.case}'" for one in front),
    ]
    return "\n".join(lines) + "\n"


def _measured(one: Found) -> list[str]:
    interval = ""
    if one.time_low is not None and one.time_high is not None:
        interval = f" ({one.time_low:.3f} to {one.time_high:.3f})"
    accuracies = (f"{100 * value:.2f}" for value in (one.accuracy, one.held_out))
    return [f"{one.time:.3f}{interval}", *accuracies]


def _importance(search: Deployment) -> list[str]:
    """Of each objective; nothing where there are too few trials to tell."""
    return [
        f"What {name} depends on (fANOVA, {search.measured} cells): "
        + ", ".join(f"{parameter} {share:.0%}" for parameter, share in found.items())
        for name, found in search.importance().items()
    ]
