"""What deployment tuning found: as data that is stored and published, and as text."""

from __future__ import annotations

from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING

import scenarios
from bench.tuning.deployment import cell_of
from bench.tuning.deployment_importance import importance
from results.layout import searches
from results.searches import Searches

if TYPE_CHECKING:
    from bench.tuning.deployment import Deployment, Found

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
HALVES = (
    "Searched: the half of the test images that the search saw, by which a cell is on the front. "
    "Held out: the other half. A front of one search is a shortlist: it was chosen by these very "
    "measurements."
)


def text(search: Deployment, width: int) -> str:
    """What nothing beats, what matters, and how to measure it with the whole budget."""
    front = search.front()
    if not front:
        reasons = "".join(f"  {case}: {why}\n" for case, why in search.failed().items())
        return f"No cell could be measured.\n{reasons}"
    lines = [
        *searches.text(found(search), width),
        "With the whole budget, and verdicts:",
        f"  pytest bench/ --scenario {_asked(search)} "
        + " ".join(f"--case '{one.case}'" for one in front),
    ]
    return "\n".join(lines) + "\n"


def found(search: Deployment) -> Searches:
    """The front as people read it, and every measured cell as numbers."""
    front, cells, failed = search.front(), search.cells(), search.failed()
    by_id = {case.id: cell_of(case) for case in search.cases}
    measured, whole, of = len(cells), len(by_id), search.cases[0].scenario.name
    sampler = f"Optuna {metadata.version('optuna')}'s multi-objective TPE"
    shares = importance(search.study)
    how_many = (
        f"{measured} of {whole} cells of {of} measured ({measured / whole:.0%}), {len(failed)} "
        f"failed or skipped. No other of them beats these {len(front)} in time and accuracy "
        f"together. Proposed by {sampler}, seed {search.seed}."
    )
    return Searches(
        of="cell",
        headers=HEADERS,
        cells=tuple((*map(str, by_id[one.case].values()), *_measured(one)) for one in front),
        rows=tuple(
            {"case": one.case, **by_id[one.case], **asdict(one), "on_front": one in front}
            for one in cells
        ),
        notes=(
            how_many,
            f"Time of a sample: over that of {search.baseline.id}, in turns; below 1 is faster.",
            HALVES,
            *(_of(name, measured, share) for name, share in shares.items()),
        ),
        facts={
            "space": whole,
            "measured": measured,
            "failed": failed,
            "baseline": search.baseline.id,
            "sampler": sampler,
            "seed": search.seed,
        },
        importance=shares or None,
    )


def _asked(search: Deployment) -> str:
    """The scenario as a command names it: by its name if it is the suite's, else by its file."""
    scenario = search.cases[0].scenario
    return scenario.name if scenario.name in scenarios.shipped() else str(scenario.file)


def _measured(one: Found) -> list[str]:
    interval = ""
    if one.time_low is not None and one.time_high is not None:
        interval = f" ({one.time_low:.3f} to {one.time_high:.3f})"
    accuracies = (f"{100 * value:.2f}" for value in (one.accuracy, one.held_out))
    return [f"{one.time:.3f}{interval}", *accuracies]


def _of(name: str, cells: int, shares: dict[str, float]) -> str:
    """What one objective depends on, as far as the cells tell that the search chose."""
    what = "time, on a log scale," if name == "time" else name
    listed = ", ".join(f"{parameter} {share:.0%}" for parameter, share in shares.items())
    return (
        f"What {what} depends on (fANOVA, over the {cells} cells that the search chose): {listed}"
    )
