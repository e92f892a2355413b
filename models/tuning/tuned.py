"""The best configuration as a file, models/tuned/<name>.toml, with how it was found."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from models.data import cache_folder
from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.tuning.outcome import Outcome
    from models.tuning.scenario import Tuning
    from models.tuning.space import Value

TUNED = Path(__file__).parents[1] / "tuned"  # what the suite ships


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What such a file says; how it was found is for people."""

    problem: str  # of models/tuning/problems, and the family in models/zoo of that name
    dataset: str
    configuration: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """The search that came to the best score, and the configuration that had it."""

    outcome: Outcome
    configuration: Mapping[str, Value]


def found_folder() -> Path:
    """Where a search leaves its best unless it is told otherwise: in the user's cache."""
    return cache_folder() / "tuned"


def file_of(name: str) -> Path:
    """Where the best of a search is, whether or not it exists; of two, the one that is shipped.

    Shipped scenarios name shipped configurations, and mean the same on every machine.
    """
    shipped = TUNED / f"{name}.toml"
    return shipped if shipped.exists() else found_folder() / f"{name}.toml"


def read(name: str) -> Tuned:
    """The best that was found; ModelError if there is no such file, or it is damaged."""
    folders = TUNED, found_folder()
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    if name not in known:
        msg = (
            f"tuned@name={name}: there is no {name}.toml in models/tuned or {found_folder()}; "
            f"there are {', '.join(known) or 'none'}; `python -m models tune SCENARIO` writes one"
        )
        raise ModelError(msg)
    try:
        table = tomllib.loads(file_of(name).read_text(encoding="utf-8"))
        return Tuned(
            problem=str(table["problem"]),
            dataset=str(table["dataset"]),
            configuration=dict(table["configuration"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = (
            f"{file_of(name)}: not a configuration that a search wrote ({error!r}); restore it, or "
            "have `python -m models tune` write it anew"
        )
        raise ModelError(msg) from error


def write(
    path: Path,
    tuning: Tuning,
    winner: Winner,
    data_sha256: str,
    command: str,
) -> None:
    """Write or replace a file; `command` is what would make it anew."""
    from models.files import replace  # late: it imports the techniques, one of which reads this

    best = winner.outcome.best
    provenance: dict[str, Value] = {
        "command": command,
        "scenario_sha256": tuning.fingerprint(data_sha256),
        "data_sha256": data_sha256,
        "searcher": winner.outcome.searcher,
        "seed": winner.outcome.seed,
        "trial": best.number,
        "folds": tuning.folds,
        "cross_validated": best.score,
        "test": best.test,
        "fits": best.fits,
        "cpu_s": round(best.seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "scikit_learn": metadata.version("scikit-learn"),
        "optuna": metadata.version("optuna"),
    }
    lines = [
        "# The best that the search found; made anew by the command below.",
        f"problem = {json.dumps(tuning.problem)}",
        f"dataset = {json.dumps(tuning.dataset)}",
        *_lines("configuration", winner.configuration),
        *_lines("provenance", provenance),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, ("\n".join(lines) + "\n").encode())


def _lines(table: str, values: Mapping[str, Value]) -> list[str]:
    """A TOML table; JSON writes plain values as TOML does."""
    return ["", f"[{table}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
