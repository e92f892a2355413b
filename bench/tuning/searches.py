"""Tuning scenarios in a run of the suite: every searcher is a test, and a scenario has one table.

The search runs in this process, after all inference was measured: its seconds are compared between
searchers alone, in time of the processor.
"""

from __future__ import annotations

import tomllib
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scenarios
from models.tuning import scenario
from results.searches import Searches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from models.data import Dataset
    from models.tuning.outcome import Outcome
    from models.tuning.scenario import Tuning
    from models.tuning.searching import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """One searcher on one scenario, with all of its seeds."""

    outcomes: tuple[Outcome, ...]
    durations_s: tuple[float, ...]  # wall time of every fit
    trials: int

    def as_dict(self) -> dict[str, Any]:
        """For the run's file: where the best of each seed changed."""
        return {"trials": self.trials, "outcomes": [asdict(one) for one in self.outcomes]}


@dataclass(slots=True, kw_only=True)
class TuningRun:
    """One scenario in one run; its table is of the searchers that have run so far."""

    tuning: Tuning
    folder: Path  # for the trials, of this run alone
    found: dict[str, Searched] = field(default_factory=dict)  # by searcher
    interrupted: str | None = None  # the searcher that Ctrl-C stopped
    _searches: list[Search] = field(default_factory=list)
    _data: Dataset | None = None

    def search(self, searcher: str) -> Searched:
        """Run one searcher with every seed of the scenario, and test what it found."""
        try:
            return self._search(searcher)
        except KeyboardInterrupt:
            self.interrupted = searcher
            raise

    def _search(self, searcher: str) -> Searched:
        from models.progress import display
        from models.tuning import searching  # late: it imports optuna, which few runs need
        from models.tuning.progress import progress
        from models.tuning.storage import open_storage

        data = self._data = self._data or searching.load(self.tuning)
        if not self._searches:
            self._searches = searching.searches(self.tuning, open_storage(self._place()), data)
        mine = [one for one in self._searches if one.searcher == searcher]
        part = searching.training_part(self.tuning, data)
        with closing(display()) as shown:
            for number, one in enumerate(mine):
                step = progress(self.tuning, one, shown, (number, len(mine)))
                searching.run(self.tuning, one, part, step)
        scores = searching.HeldOutScores(self.tuning, data)
        found = [trial.found for one in mine for trial in one.study.trials() if trial.found]
        self.found[searcher] = Searched(
            outcomes=tuple(filter(None, map(scores.outcome, mine))),
            durations_s=tuple(each for one in found for each in one.fold_seconds),
            trials=len(found),
        )
        return self.found[searcher]

    def searches(self) -> Searches:
        """The searchers compared, and which parameters matter."""
        from models.tuning import report, searching

        outcomes = [each for one in self.found.values() for each in one.outcomes]
        if not outcomes:
            return Searches(notes=("nothing was judged on all folds",))
        run = [one for one in self._searches if one.searcher in self.found]
        table = report.compared(outcomes, self.tuning.whole_fits)
        important = searching.important(self.tuning, run)
        return Searches(
            headers=table.headers,
            cells=table.cells,
            rows=table.rows,
            notes=(table.note, *([str(important)] if important else [])),
            importance=asdict(important) if important else None,
        )

    def _place(self) -> Path:
        return self.folder / f"{self.tuning.name}.journal"


def split(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The tuning scenarios among names and paths of scenarios, and the others."""
    ours, others = list[str](), list[str]()
    for name in names:
        (ours if _is_tuning(name) else others).append(name)
    return ours, others


def of_bundle(file: Path) -> list[str]:
    """The tuning scenarios of a bundle, shipped or beside it, as `searches` takes them."""
    beside = {path.stem: str(path) for path in file.parent.glob("*.toml") if _says_tuning(path)}
    known = {name: name for name in scenario.shipped()} | beside
    return [known[name] for name in scenarios.tuning_of(file, known)]


def defaults() -> list[str]:
    """The tuning scenarios of a run that names no scenario."""
    return [name for name, path in scenario.shipped().items() if _table(path).get("default")]


def searches(names: Iterable[str]) -> dict[str, tuple[Tuning, str]]:
    """Scenario and searcher by test id, such as "digits-forest/tpe"; ModelError if one is wrong."""
    return {
        f"{one.name}/{searcher}": (one, searcher)
        for one in (scenario.read(name) for name in dict.fromkeys(names))
        for searcher in one.searchers
    }


def _is_tuning(name: str) -> bool:
    """By its name, or what its file has."""
    return name in scenario.shipped() or _says_tuning(Path(name))


def _says_tuning(path: Path) -> bool:
    """Whether it has what only tuning scenarios have; both, unless one was forgotten."""
    return not {"problem", "space"}.isdisjoint(_table(path))


def _table(path: Path) -> dict[str, Any]:
    """What a file says; nothing if it cannot be read, which is told by whoever needs it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
