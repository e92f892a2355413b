"""The comparison as text and as files: tables for people, every trial as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple
from typing import TYPE_CHECKING

import tabulate

from models.tuning.outcome import NEARLY, Mean, Outcome, Point, mean, regrets, shares
from models.tuning.searchers import searcher_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from models.tuning.scenario import Tuning
    from models.tuning.trial import Trial

tabulate.MIN_PADDING = 0  # as results.sheet has it: the same table whoever was imported before

STEPS = 20  # of the curves against seconds

HEADERS = (
    "searcher",
    "seeds",
    "fits",
    "CPU time (s)",
    "CV top-1 (%)",
    "test top-1 (%)",
    "regret (points)",
    "CPU time to 99 % (s)",
    "share of grid (%)",
)
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
FOOTNOTE = (
    "Means over seeds with 95 % intervals (Student's t). CV: best mean over the folds. Test: the\n"
    "best refitted to all training images, on images that no search has seen. Regret: the grid's\n"
    "best minus this best. To 99 %: until 99 % of the grid's best was reached; its share is of\n"
    "the whole grid's time. CPU time: of fits, judging and proposing."
)


def table(outcomes: Sequence[Outcome], style: str = "simple") -> str:
    """A row for each searcher, in the order of the outcomes; regret is against the exhaustive."""
    exhaustive = [one.searcher for one in outcomes if searcher_file(one.searcher).EXHAUSTIVE]
    whole = {one.seed: one for one in outcomes if one.searcher in exhaustive[:1]}
    rows = [_row(name, of, whole) for name, of in by_searcher(outcomes).items()]
    shown = tabulate.tabulate(
        rows, HEADERS, tablefmt=style, disable_numparse=True, stralign="right"
    )
    return f"{shown}\n\n{FOOTNOTE}\n"


def by_searcher(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each searcher, in their order."""
    found: dict[str, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one.searcher, []).append(one)
    return found


def _row(name: str, of: Sequence[Outcome], whole: Mapping[int, Outcome]) -> list[str]:
    behind, part = regrets(of, whole), shares(of, whole)
    known = [one for one in of if one.seed in whole]
    reached = [one.reaching(NEARLY * whole[one.seed].best.score) for one in known]
    missed = f"reached by {sum(map(bool, reached))} of {len(known)}" if known else ""
    return [
        name,
        str(len(of)),
        _shown(mean([one.fits for one in of]), 1, 0),
        _shown(mean([one.seconds for one in of]), 1, 1),
        _shown(mean([one.best.score for one in of]), 100, 2),
        _shown(mean([one.best.test for one in of]), 100, 2),
        _shown(mean(behind), 100, 2) if behind else "",
        _shown(mean([point.seconds for point in reached if point]), 1, 1) if part else missed,
        _shown(mean(part), 100, 1) if part else "",
    ]


def _shown(value: Mean, scale: float, digits: int) -> str:
    text = f"{value.value * scale:.{digits}f}"
    if not value.half_width:
        return text
    return f"{text} ± {value.half_width * scale:.{digits}f}"


def importance_line(found: Mapping[str, float], trials: int) -> str:
    """How much of the score's variance each parameter explains."""
    listed = ", ".join(f"{name} {share:.0%}" for name, share in found.items())
    return f"Importance (fANOVA, {trials} trials): {listed}\n"


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
