"""Writes the tables of docs/tuning.md from what searches came to, so that no figure is typed.

Run from the repository's root: python docs/evidence/tuning.py
It replaces what stands between the markers, from docs/evidence/tuning-SCENARIO.csv and
docs/evidence/trials-SCENARIO.csv: the files outcomes.csv and trials.csv that
`python -m models tune SCENARIO` leaves in results/tuning/SCENARIO. A marker that names no such file
is of a published table in results/tables; that of a search for what to ship, whose name ends in
"-search", stands with its notes as it was published.

python docs/evidence/tuning.py --grid FILE fits the grid of digits-forest by scikit-learn's own
GridSearchCV, with every seed that FILE (a trials.csv) has, and compares it fold by fold.
"""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from tabulate import tabulate

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import markers  # noqa: E402 - after the path
import techniques  # noqa: E402

from models.data import digits  # noqa: E402
from models.tuning import report, scenario  # noqa: E402
from models.tuning.importance import importance  # noqa: E402
from models.tuning.outcome import mean  # noqa: E402
from models.tuning.problems import random_forest  # noqa: E402
from models.tuning.trial import Found, Trial  # noqa: E402
from models.zoo.random_forest import features  # noqa: E402

if TYPE_CHECKING:
    from models.tuning.outcome import Mean
    from models.tuning.space import Parameter, Space, Value

TRIALS = "trials-"  # how the names of files of trials begin
SEARCH = "-search"  # how the names of published searches for what to ship end
SCRIPT = "tuning"
DOCUMENT = ROOT / "docs" / f"{SCRIPT}.md"
FOLDER = Path(__file__).parent
TABLES = ROOT / "results" / "tables"


def text(document: str, folder: Path = FOLDER) -> str:
    """The document with its tables made anew."""
    return markers.filled(document, SCRIPT, lambda name: _table(name, folder))


def _table(name: str, folder: Path) -> str:
    """Of searches that are kept, or of the published scenario of that name."""
    kept = folder / f"{name}.csv"
    if name.endswith(SEARCH):
        return _without_title(max(TABLES.rglob(f"{name}.md")).read_text())
    if not kept.exists():
        return techniques.tables(max(TABLES.rglob(f"{name}.csv")))
    tuned = scenario.read(name.partition("-")[2])
    if name.startswith(TRIALS):
        return _importances(tuned.space, kept)
    found = report.compared(report.outcomes_of(kept.read_text()), tuned.whole_fits)
    return report.text(found, "github").strip()


def _without_title(published: str) -> str:
    return published.partition("\n\n")[2].strip()


def _importances(space: Space, kept: Path) -> str:
    """What each parameter explains, by each searcher's own trials: means over its seeds."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of each study that it makes
    with kept.open(newline="") as lines:
        judged = [row for row in csv.DictReader(lines) if row["score"] and not row["rows"]]
    shares: dict[str, list[dict[str, float]]] = {}
    counts: dict[str, set[int]] = {}
    for (searcher, _seed), rows in groupby(judged, key=itemgetter("searcher", "seed")):
        trials = [_trial(row, space) for row in rows]
        if found := importance(space, trials):
            shares.setdefault(searcher, []).append(found)
            counts.setdefault(searcher, set()).add(len(trials))
    names = list(space.proposals())
    shown = [
        [searcher, len(of), "-".join(map(str, sorted(counts[searcher])))]
        + [_shown(mean([each[name] for each in of])) for name in names]
        for searcher, of in shares.items()
    ]
    headers = ["searcher", "seeds", "trials", *(f"{name} (%)" for name in names)]
    return tabulate(shown, headers, tablefmt="github", disable_numparse=True, stralign="right")


def _trial(row: dict[str, str], space: Space) -> Trial:
    """As much of a trial as its importance is computed from."""
    return Trial(
        number=int(row["trial"]),
        state="complete",
        configuration={one.name: _value(one, row[one.name]) for one in space.parameters},
        rows=None,
        found=Found(fold_scores=(float(row["score"]),), fold_seconds=(), cpu_s=0.0, thought_s=0.0),
    )


def _value(parameter: Parameter, written: str) -> Value:
    """One of the choices, as it was written; of a range a number."""
    same = (choice for choice in parameter.choices if str(choice) == written)
    return next(same) if parameter.choices else float(written)


def _shown(value: Mean) -> str:
    shown = f"{100 * value.value:.0f}"
    return shown if value.half_width is None else f"{shown} ± {100 * value.half_width:.0f}"


def unlike(trials: Path) -> list[str]:
    """Each fold of the grid in which scikit-learn's own search has another score."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV

    with trials.open(newline="") as lines:
        ours = [row for row in csv.DictReader(lines) if row["searcher"] == "grid"]
    space, data, found = scenario.read("digits-forest").space, digits.load(), []
    for seed in sorted({row["seed"] for row in ours}):
        estimator = RandomForestClassifier(random_state=int(seed))
        search = GridSearchCV(estimator, space.grid(), cv=3, refit=False)
        search.fit(features(data.train_images), data.train_labels)
        theirs = search.cv_results_
        mine = {_key(row): row for row in ours if row["seed"] == seed}
        for number, parameters in enumerate(theirs["params"]):
            row = mine[_key(parameters)]
            found += [
                f"seed {seed}, {parameters}, fold {fold}"
                for fold in range(3)
                if float(row[f"fold_{fold}"]) != theirs[f"split{fold}_test_score"][number]
            ]
    return found


def _key(values: dict[str, str]) -> tuple[int, ...]:
    return tuple(int(values[name]) for name in random_forest.DEFAULTS)


def main() -> None:
    """Rewrite the document, or compare a grid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--grid", type=Path, metavar="FILE", help="compare it with scikit-learn's")
    asked = parser.parse_args()
    if asked.grid:
        found = unlike(asked.grid)
        sys.stdout.write("\n".join(found) + "\n" if found else "every fold is scikit-learn's\n")
        sys.exit(bool(found))
    DOCUMENT.write_text(text(DOCUMENT.read_text()))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
