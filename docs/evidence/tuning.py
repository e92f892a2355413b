"""Writes the tables of docs/tuning.md from what searches came to, so that no figure is typed.

Run from the repository's root: python docs/evidence/tuning.py
It replaces what stands between the markers, from docs/evidence/tuning-SCENARIO.csv: the file
outcomes.csv that `python -m models tune SCENARIO` leaves in results/tuning/SCENARIO. A marker that
names no such file is of a published table in results/tables.

python docs/evidence/tuning.py --grid FILE fits the grid of digits-forest by scikit-learn's own
GridSearchCV, with every seed that FILE (a trials.csv) has, and compares it fold by fold.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import markers  # noqa: E402 - after the path
import techniques  # noqa: E402

from models.data import digits  # noqa: E402
from models.tuning import report, scenario  # noqa: E402
from models.tuning.problems import random_forest  # noqa: E402

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
    if kept.exists():
        return report.table(report.outcomes_of(kept.read_text()), "github").strip()
    return techniques.tables(max(TABLES.rglob(f"{name}.csv")))


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
        search.fit(random_forest.features(data.train_images), data.train_labels)
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
