"""From a TOML file to a Tuning: strict about every key and value."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from models.data import data_file, datasets
from models.errors import ModelError
from models.tuning.problems import Problem, defaults, problem_file, problems
from models.tuning.searchers import check_exhaustive, check_searchers
from models.tuning.space import Parameter, Space, Value
from models.tuning.task import SEEDS, Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SHIPPED = Path(__file__).parent / "scenarios"
KEYS = (
    "summary",
    "default",
    "problem",
    "dataset",
    "samples",
    "folds",
    "seeds",
    "searchers",
    "budget",
    "space",
)
RANGE_KEYS = ("low", "high", "log")
FOLDS = (2, 20)
EXAMPLES = {
    "summary": '"Which forest is best?"',
    "problem": '"random_forest"',
    "dataset": '"digits"',
    "space": "a table [space] such as max_depth = [10, 20]",
    "budget": "a table [budget] with fits = 27 or seconds = 60.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What to tune, with which searchers, and how far; names only."""

    name: str
    summary: str
    default: bool  # whether it is part of a run of the suite without --scenario
    problem: str
    dataset: str
    samples: int | None  # of the training images, the first so many; None: all
    folds: int
    seeds: tuple[int, ...]
    searchers: tuple[str, ...]
    limits: Limits  # of each search but an exhaustive one
    space: Space

    def fingerprint(self, data_sha256: str) -> str:
        """The same for searches whose trials may stand in one study."""
        decisive = {
            "problem": self.problem,
            "data": data_sha256,
            "samples": self.samples,
            "folds": self.folds,
            "space": [asdict(parameter) for parameter in self.space.parameters],
        }
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()

    @property
    def whole_fits(self) -> int | None:
        """How many fits try everything; None if a range leaves that without an end."""
        return self.space.size * self.folds if self.space.size else None


def shipped() -> dict[str, Path]:
    """The suite's own tuning scenarios: name -> file."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def file(name: str) -> Path:
    """The file of a shipped scenario by its name, or of any by its path."""
    return shipped().get(name) or Path(name)


def read(name: str) -> Tuning:
    """A shipped scenario by its name, or any by the path of its file."""
    path = file(name)
    if path.suffix != ".toml":
        near = difflib.get_close_matches(name, list(shipped()), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = (
            f"unknown tuning scenario {name!r}; known are {', '.join(shipped())}, or give the path "
            f"of a .toml file{hint}"
        )
        raise ModelError(msg)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read as TOML: {error}; correct it or check the path"
        raise ModelError(msg) from error
    return _Table(path.name, table).tuning(path.stem)


class _Table:
    """The file's contents; every reader raises a ModelError that says where and what to write."""

    def __init__(self, file: str, table: Mapping[str, Any]) -> None:
        self._file = file
        self._table = table

    def tuning(self, name: str) -> Tuning:
        self._known_keys("", self._table, KEYS)
        problem, dataset = self._word("problem", problems()), self._dataset()
        searched, space = self._searchers(problem), self._space(problem, dataset)
        try:
            check_exhaustive(searched, space)
        except ModelError as error:
            self._reject("searchers", str(error))
        return Tuning(
            name=name,
            summary=self._text("summary"),
            default=self._flag("default"),
            problem=problem,
            dataset=dataset,
            samples=self._samples(),
            folds=self._integer("folds", 3, FOLDS),
            seeds=self._seeds(),
            searchers=searched,
            limits=self._limits(),
            space=space,
        )

    def _reject(self, key: str, problem: str) -> NoReturn:
        msg = f"{self._file}: {key}: {problem}"
        raise ModelError(msg)

    def _known_keys(self, where: str, table: Mapping[str, Any], known: Collection[str]) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), 1)
                hint = f"; did you mean {near[0]!r}?" if near else "; remove it"
                msg = f"unknown key; known are {', '.join(known)}{hint}"
                self._reject(where + key, msg)

    def _text(self, key: str) -> str:
        value = self._table.get(key)
        if not isinstance(value, str) or not value:
            self._reject(key, f"must be a text; write for example {key} = {EXAMPLES[key]}")
        return value

    def _flag(self, key: str) -> bool:
        value = self._table.get(key, False)
        if type(value) is not bool:
            self._reject(key, "must be true or false")
        return value

    def _word(self, key: str, known: Collection[str]) -> str:
        value = self._text(key)
        if value not in known:
            self._reject(key, f"{value!r} is not known; known are {', '.join(known)}")
        return value

    def _dataset(self) -> str:
        value = self._word("dataset", datasets())
        labelled = [name for name in datasets() if data_file(name).TRAINING]
        if value not in labelled:
            msg = f"{value} has no labels, so nothing can be judged; take {' or '.join(labelled)}"
            self._reject("dataset", msg)
        return value

    def _integer(self, key: str, default: int, limits: tuple[int, int]) -> int:
        value = self._table.get(key, default)
        if type(value) is not int or not limits[0] <= value <= limits[1]:
            self._reject(key, f"must be a whole number from {limits[0]} to {limits[1]}")
        return value

    def _samples(self) -> int | None:
        return self._integer("samples", 0, (100, 10**7)) if "samples" in self._table else None

    def _seeds(self) -> tuple[int, ...]:
        value = self._table.get("seeds", [0])
        listed = isinstance(value, list) and value and all(type(seed) is int for seed in value)
        if not listed or len(set(value)) < len(value) or not 0 <= min(value) <= max(value) < SEEDS:
            self._reject(
                "seeds", f"must be a list of different whole numbers below {SEEDS}, such as [0, 1]"
            )
        return tuple(value)

    def _searchers(self, problem: str) -> tuple[str, ...]:
        value = self._table.get("searchers", ["tpe"])
        if not isinstance(value, list) or not value:
            self._reject("searchers", 'must be a list of names, such as ["grid", "tpe"]')
        try:
            check_searchers(value, problem)
        except ModelError as error:
            self._reject("searchers", str(error))
        return tuple(dict.fromkeys(value))

    def _limits(self) -> Limits:
        table = self._table.get("budget")
        if not isinstance(table, dict) or not table:
            self._reject("budget", f"must be there: {EXAMPLES['budget']}")
        self._known_keys("budget.", table, ("fits", "seconds"))
        if len(table) > 1:
            self._reject(
                "budget", "has both fits and seconds; keep the one that shall end a search"
            )
        ((key, value),) = table.items()
        if (
            type(value) not in {int, float}
            or not 0 < value < math.inf
            or (key == "fits" and type(value) is float)
        ):
            msg = f"is {value!r}, but must be a number above 0 and below inf, of fits a whole one"
            self._reject(f"budget.{key}", msg)
        return Limits(**{key: value})

    def _space(self, problem: str, dataset: str) -> Space:
        table = self._table.get("space")
        if not isinstance(table, dict) or not table:
            self._reject("space", f"it is empty: nothing to search; write {EXAMPLES['space']}")
        usual = defaults(problem, dataset)
        self._known_keys("space.", table, usual)
        fixed = {name: [value] for name, value in usual.items()}
        parameters = [
            self._parameter(name, value, usual[name]) for name, value in (fixed | table).items()
        ]
        space = Space(parameters=tuple(parameters))
        self._check_values(problem_file(problem), usual, space)
        return space

    def _parameter(self, name: str, value: Any, default: Value) -> Parameter:  # noqa: ANN401
        where = f"space.{name}"
        if isinstance(value, dict):
            return self._range(where, name, value, default)
        kinds = (int, float) if type(default) is float else (type(default),)
        if not isinstance(value, list) or not value or not all(type(v) in kinds for v in value):
            msg = f"must be a list of at least one value such as {json.dumps(default)}"
            self._reject(where, msg)
        if len(set(value)) < len(value):
            self._reject(where, "a value is listed twice; list each once")
        return Parameter(name=name, choices=tuple(type(default)(v) for v in value))

    def _range(self, where: str, name: str, table: Mapping[str, Any], default: Value) -> Parameter:
        self._known_keys(f"{where}.", table, RANGE_KEYS)
        low, high, log = table.get("low"), table.get("high"), table.get("log", False)
        if not (
            (is_number(default) and is_number(low) and is_number(high))
            and -math.inf < low < high < math.inf
        ):
            msg = "a range is { low = 0.001, high = 0.1, log = true }, low below high, of numbers"
            self._reject(where, msg)
        if type(log) is not bool or (log and low <= 0):
            self._reject(where, "log is true or false, and true only if low is above 0")
        whole = type(default) is int
        if whole and not (float(low).is_integer() and float(high).is_integer()):
            msg = f"has whole numbers alone, but low is {low} and high is {high}; write whole ones"
            self._reject(where, msg)
        return Parameter(name=name, low=float(low), high=float(high), log=log, whole=whole)

    def _check_values(self, problem: Problem, usual: Mapping[str, Value], space: Space) -> None:
        """Each value beside the defaults of the others: a slip shows before hours of search."""
        for one in space.parameters:
            for value in one.choices or (one.low, one.high):
                try:
                    problem.check({**usual, one.name: value})
                except ModelError as error:
                    self._reject(f"space.{one.name}", str(error))


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number; true is none, though Python's is."""
    return type(value) in {int, float}
