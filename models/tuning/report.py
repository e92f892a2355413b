"""The comparison as text and as files: tables for people, every trial as CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import tabulate

from models.tuning.outcome import NEARLY, Mean, Outcome, Point, mean, regrets, shares
from models.tuning.searchers import searcher_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from models.tuning.scenario import Tuning
    from models.tuning.trial import Trial

tabulate.MIN_PADDING = 0  # as in results.layout.sheet: one table, whoever was imported before

STEPS = 20  # of the curves against seconds

COLUMNS = (  # of the table: key, header, what one of its unit is scaled by, decimal places
    ("fits", "fits", 1, 0),
    ("cpu_s", "CPU time (s)", 1, 1),
    ("cv", "CV top-1 (%)", 100, 2),
    ("test", "test top-1 (%)", 100, 2),
    ("regret", "regret (points)", 100, 2),
    ("nearly_s", "CPU time to 99 % (s)", 1, 1),
    ("nearly_share", "share of grid (%)", 100, 1),
)
AMOUNTS = frozenset({"fits", "cpu_s", "nearly_s", "nearly_share"})  # nothing or more, without end
OUTCOMES = (
    "searcher",
    "seed",
    "search_fits",
    "search_cpu_s",
    "trial",
    "fits",
    "cpu_s",
    "cv",
    "test",
)
NO_INTERVAL = "(no interval)"
NOTES = {  # by the header, or part of a cell, without which it would explain nothing
    "searcher": "Means over seeds with 95 % intervals (Student's t). CV: best mean over the folds. "
    "Test: the best refitted to all training images, on images that no search has seen.",
    "regret (points)": "Regret: the grid's best minus this best.",
    "CPU time to 99 % (s)": "To 99 %: until 99 % of the grid's best was reached; its share is of "
    "the whole grid's time.",
    "CPU time (s)": "CPU time: of fits, judging and proposing.",
    NO_INTERVAL: "No interval: too few seeds for one that says anything.",
}
NOTE_WIDTH = 94  # narrower than the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A row for each searcher, in the order of the outcomes; regret is against the exhaustive."""

    headers: tuple[str, ...]  # of the columns that have anything in them
    cells: tuple[tuple[str, ...], ...]  # as people read them
    rows: tuple[Mapping[str, str | float | None], ...]  # the same as numbers, in base units
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One searcher over its seeds."""

    searcher: str
    seeds: int
    known: int  # seeds whose grid is known
    reached: int  # those of them that came to NEARLY its best
    means: Mapping[str, Mean | None]  # by the keys of COLUMNS


def compared(outcomes: Sequence[Outcome], whole_fits: int | None) -> Table:
    """The table of searches; columns that need a grid are absent where none tried everything.

    Args:
        outcomes: of the searches.
        whole_fits: how many fits try everything; a budget in seconds may end the grid before that.
    """
    finished = [one for one in outcomes if one.fits == whole_fits]
    exhaustive = [one for one in finished if searcher_file(one.searcher).EXHAUSTIVE]
    whole = {one.seed: one for one in exhaustive if one.searcher == exhaustive[0].searcher}
    found = [_row(name, of, whole) for name, of in by_searcher(outcomes).items()]
    cells = [_cells_of(row) for row in found]
    headers = ["searcher", "seeds", *(header for _, header, *_ in COLUMNS)]
    filled = [at for at in range(len(headers)) if any(row[at] for row in cells)]
    shown = {headers[at] for at in filled}
    if any(NO_INTERVAL in cell for row in cells for cell in row):
        shown.add(NO_INTERVAL)
    return Table(
        headers=tuple(headers[at] for at in filled),
        cells=tuple(tuple(row[at] for at in filled) for row in cells),
        rows=tuple(map(_numbers, found)),
        note=" ".join(note for of, note in NOTES.items() if of in shown),
    )


def text(table: Table, style: str = "simple") -> str:
    """The table with its note, for a terminal or in another style of tabulate's."""
    shown = tabulate.tabulate(
        table.cells, table.headers, tablefmt=style, disable_numparse=True, stralign="right"
    )
    return f"{shown}\n\n{textwrap.fill(table.note, NOTE_WIDTH)}\n"


def by_searcher(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each searcher, in their order."""
    found: dict[str, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one.searcher, []).append(one)
    return found


def _row(name: str, of: Sequence[Outcome], whole: Mapping[int, Outcome]) -> _Row:
    behind, part = regrets(of, whole), shares(of, whole)
    known = [one for one in of if one.seed in whole]
    near = [one.reaching(NEARLY * whole[one.seed].best.score) for one in known]
    reached = [point.seconds for point in near if point]
    return _Row(
        searcher=name,
        seeds=len(of),
        known=len(known),
        reached=len(reached),
        means={
            "fits": mean([one.fits for one in of]),
            "cpu_s": mean([one.seconds for one in of]),
            "cv": mean([one.best.score for one in of]),
            "test": mean([one.best.test for one in of]),
            "regret": mean(behind) if behind else None,
            "nearly_s": mean(reached) if part else None,
            "nearly_share": mean(part) if part else None,
        },
    )


def _cells_of(row: _Row) -> list[str]:
    cells = [row.searcher, str(row.seeds)]
    for key, _, scale, digits in COLUMNS:
        found = row.means[key]
        most = found.value if found and key in AMOUNTS else 0.5  # a score has a whole, 0 to 1
        cells.append(_shown(found, most, scale, digits) if found else "")
        if key == "nearly_s" and not found and row.known:
            cells[-1] = f"reached by {row.reached} of {row.known}"
    return cells


def _shown(value: Mean, most: float, scale: float, digits: int) -> str:
    """With its interval, if that is narrower than all there can be: a whole, or down to nothing."""
    shown = f"{value.value * scale:.{digits}f}"
    if not value.half_width:
        return shown
    if value.half_width > most:
        return f"{shown} {NO_INTERVAL}"
    return f"{shown} ± {value.half_width * scale:.{digits}f}"


def _numbers(row: _Row) -> dict[str, str | float | None]:
    numbers: dict[str, str | float | None] = {
        "searcher": row.searcher,
        "seeds": row.seeds,
        "seeds_reached": row.reached if row.known else None,
    }
    for key, found in row.means.items():
        numbers[key] = found.value if found else None
        numbers[f"{key}_low"] = found.low if found else None
        numbers[f"{key}_high"] = found.high if found else None
    return numbers


def trials_csv(tuning: Tuning, searches: Iterable[tuple[str, int, Sequence[Trial]]]) -> str:
    """Every trial of every search: a row each."""
    names = [parameter.name for parameter in tuning.space.parameters]
    folds = [f"fold_{number}" for number in range(tuning.folds)]
    head = ["searcher", "seed", "trial", "state", "rows", *names, "score", *folds]
    rows = [
        [searcher, seed, *_cells(trial, names, tuning.folds)]
        for searcher, seed, trials in searches
        for trial in trials
    ]
    return _csv([*head, "fits", "duration_s", "cpu_s", "thought_s", "reason"], rows)


def _cells(trial: Trial, names: Sequence[str], folds: int) -> list[object]:
    found = trial.found
    scores = found.fold_scores if found else ()
    return [
        trial.number,
        trial.state,
        trial.rows,
        *(trial.configuration[name] for name in names),
        found.score if found and trial.state == "complete" else None,
        *(scores[fold] if fold < len(scores) else None for fold in range(folds)),
        *((found.fits, found.duration_s, found.cpu_s, found.thought_s) if found else [None] * 4),
        trial.reason,
    ]


def outcomes_csv(outcomes: Iterable[Outcome]) -> str:
    """Where the best of each search changed: all that `table` and `curves_csv` are made of."""
    rows = [
        [one.searcher, one.seed, one.fits, one.seconds, *astuple(point)]
        for one in outcomes
        for point in one.points
    ]
    return _csv(OUTCOMES, rows)


def outcomes_of(text: str) -> list[Outcome]:
    """Back from `outcomes_csv`."""
    found: dict[tuple[str, ...], list[Point]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        *search, number, fits, seconds, score, test = (row[name] for name in OUTCOMES)
        found.setdefault(tuple(search), []).append(
            Point(
                number=int(number),
                fits=int(fits),
                seconds=float(seconds),
                score=float(score),
                test=float(test),
            )
        )
    return [
        Outcome(
            searcher=searcher,
            seed=int(seed),
            fits=int(fits),
            seconds=float(seconds),
            points=tuple(points),
        )
        for (searcher, seed, fits, seconds), points in found.items()
    ]


def curves_csv(outcomes: Sequence[Outcome], folds: int) -> str:
    """The best score and its test score against fits and against seconds, over seeds."""
    most_fits = max(one.fits for one in outcomes)
    most_s = max(one.seconds for one in outcomes)
    fits = [float(n) for n in range(folds, most_fits + 1, folds)]
    seconds = [most_s * step / STEPS for step in range(1, STEPS + 1)]
    rows: list[list[object]] = []
    for name, of in by_searcher(outcomes).items():
        rows += _curve(name, "fits", of, fits, lambda point: point.fits)
        rows += _curve(name, "seconds", of, seconds, lambda point: point.seconds)
    ends = ["cv", "cv_low", "cv_high", "test", "test_low", "test_high"]
    return _csv(["searcher", "against", "at", *ends], rows)


def _curve(
    name: str,
    against: str,
    of: Sequence[Outcome],
    stops: Iterable[float],
    axis: Callable[[Point], float],
) -> Iterable[list[object]]:
    for stop in stops:
        points = [one.at(stop, axis) for one in of]
        found = [point for point in points if point]
        if len(found) == len(of):  # a mean over fewer seeds would jump when others join
            cv, test = (mean([p.score for p in found]), mean([p.test for p in found]))
            yield [name, against, stop, cv.value, cv.low, cv.high, test.value, test.low, test.high]


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
