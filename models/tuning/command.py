"""`python -m models tune`: search, go on with a search, and compare the searchers."""

from __future__ import annotations

import math
import shlex
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from models import files
from models.errors import ModelError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from optuna.storages import BaseStorage

    from models.data import Dataset
    from models.tuning.outcome import Outcome
    from models.tuning.scenario import Tuning
    from models.tuning.searching import Search

RESULTS = Path(__file__).parents[2] / "results" / "tuning"
OK, INTERRUPTED = 0, 130


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("tune", help="search for the best configuration of a model")
    parser.add_argument("scenario", help="of models/tuning/scenarios, or the path of a .toml file")
    parser.add_argument(
        "--searcher", action="append", help="only this one (repeatable); default: the scenario's"
    )
    parser.add_argument("--seed", action="append", type=int, help="only this one (repeatable)")
    parser.add_argument(
        "--budget-s", type=float, metavar="S", help="seconds of each search, not the scenario's"
    )
    parser.add_argument(
        "--storage",
        metavar="FILE|URL",
        help="where the trials are kept: a file, or a database such as postgresql://host/name "
        "for several machines; default: results/tuning/SCENARIO/study.journal",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with what the storage holds; also joins a search that another process runs",
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="of the best configuration; default: where tuned@name=SCENARIO looks for it, in the "
        "user's cache; models/tuned to ship it",
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Search, then write and print what it came to."""
    from models.tuning import scenario, searching
    from models.tuning.storage import kept_in, open_storage, shown

    tuning = _narrowed(scenario.read(asked.scenario), asked)
    files.check_writable(RESULTS / tuning.name, "make it so: tables and trials are written there")
    files.check_writable(_best_folder(asked), "name another folder with --to")
    place = asked.storage or RESULTS / tuning.name / "study.journal"
    named = shown(place)
    data = searching.load(tuning)
    with kept_in(place):
        storage = open_storage(place)
        _check_others(storage, tuning, named, resume=asked.resume)
        with _said_of(named):
            searches = searching.searches(tuning, storage, data)
        _check_resume(searches, named, resume=asked.resume)
        try:
            _search_all(tuning, searches, data)
            others = searching.ended_before(tuning, storage, data, searches)
            _conclude(tuning, [*others, *searches], data, asked)
        except KeyboardInterrupt:
            finished = sum(bool(t.found) for one in searches for t in one.study.trials())
            sys.stderr.write(
                f"Interrupted: {finished} finished trials are kept in {named}; the same command "
                "with --resume goes on.\n"
            )
            return INTERRUPTED
    return OK


def _narrowed(tuning: Tuning, asked: argparse.Namespace) -> Tuning:
    """The scenario as the options have it."""
    from models.tuning.searchers import check_exhaustive, check_searchers
    from models.tuning.task import Limits, check_seed

    if asked.searcher:
        check_searchers(asked.searcher, tuning.problem)
        with _said_of(asked.scenario):
            check_exhaustive(asked.searcher, tuning.space)
        tuning = replace(tuning, searchers=tuple(dict.fromkeys(asked.searcher)))
    if asked.seed:
        for seed in asked.seed:
            check_seed("--seed", seed)
        tuning = replace(tuning, seeds=tuple(dict.fromkeys(asked.seed)))
    if asked.budget_s is not None:
        if not 0 < asked.budget_s < math.inf:
            msg = f"--budget-s is {asked.budget_s:g}, but must be seconds above 0 and below inf"
            raise ModelError(msg)
        tuning = replace(tuning, limits=Limits(seconds=asked.budget_s))
    return tuning


def _check_others(storage: BaseStorage, tuning: Tuning, place: str, *, resume: bool) -> None:
    """ModelError if there is something to go on with, but of other scenarios alone."""
    names = {one.study_name.partition("/")[0] for one in storage.get_all_studies()}
    if resume and names and tuning.name not in names:
        msg = (
            f"{place}: holds searches of {', '.join(sorted(names))} and none of {tuning.name}; "
            "leave out --resume to add it there, or name its own place with --storage"
        )
        raise ModelError(msg)


def _check_resume(searches: list[Search], place: str, *, resume: bool) -> None:
    begun = [one for one in searches if one.study.trials()]
    if begun and not resume:
        trials = sum(len(one.study.trials()) for one in begun)
        msg = (
            f"{place}: holds {trials} trials of {begun[0].study.name} and {len(begun) - 1} other "
            "searches already; go on with them by --resume, or name another place with --storage"
        )
        raise ModelError(msg)


@contextmanager
def _said_of(what: str) -> Iterator[None]:
    """Whatever is wrong inside is told with the file or place that it is wrong with."""
    try:
        yield
    except ModelError as error:
        msg = f"{what}: {error}"
        raise ModelError(msg) from error


def _search_all(tuning: Tuning, searches: list[Search], data: Dataset) -> None:
    from models.progress import display
    from models.tuning import searching
    from models.tuning.progress import progress

    part = searching.training_part(tuning, data)
    with closing(display()) as shown:
        for number, one in enumerate(searches):
            step = progress(tuning, one, shown, (number, len(searches)))
            searching.run(tuning, one, part, step)


def _conclude(
    tuning: Tuning, searches: list[Search], data: Dataset, asked: argparse.Namespace
) -> None:
    from models.tuning import report, searching

    scores = searching.HeldOutScores(tuning, data)
    found = {one.study.name: scores.outcome(one) for one in searches}
    outcomes = [one for one in found.values() if one]
    if not outcomes:
        msg = "the budget ended before any configuration was judged on all folds; allow more"
        raise ModelError(msg)
    _say_empty([one for one in searches if not found[one.study.name]])
    trials = [(one.searcher, one.seed, one.study.trials()) for one in searches]
    folder = RESULTS / tuning.name
    folder.mkdir(parents=True, exist_ok=True)
    named = searching.important(tuning, searches)
    table = report.compared(outcomes, tuning.whole_fits)
    text = report.text(table) + (f"{named}\n" if named else "")
    for name, content in (
        ("trials.csv", report.trials_csv(tuning, trials)),
        ("outcomes.csv", report.outcomes_csv(outcomes)),
        ("curves.csv", report.curves_csv(outcomes, tuning.folds)),
        ("table.txt", text),
    ):
        files.replace(folder / name, content.encode())
    sys.stdout.write(f"{text}\n{_kept_best(tuning, searches, outcomes, data, asked)}\n")
    sys.stdout.write(f"Every trial: {folder}/trials.csv\n")


def _say_empty(searches: list[Search]) -> None:
    """Those that are in no table, as there is nothing to compare them by."""
    for one in searches:
        sys.stderr.write(
            f"{one.searcher}, seed {one.seed}: ended before it had judged any configuration on all "
            "folds, and so is in no table; allow more\n"
        )


def _kept_best(
    tuning: Tuning,
    searches: list[Search],
    outcomes: list[Outcome],
    data: Dataset,
    asked: argparse.Namespace,
) -> str:
    """Write the best configuration, and say where it is and what it can be used as."""
    from models.tuning import tuned

    best = max(outcomes, key=lambda one: one.best.score)
    study = next(s.study for s in searches if (s.searcher, s.seed) == (best.searcher, best.seed))
    configuration = study.trials()[best.best.number].configuration
    winner = tuned.Winner(outcome=best, configuration=configuration)
    path = _best_folder(asked) / f"{tuning.name}.toml"
    tuned.write(path, tuning, winner, data.sha256, _again(asked, best))
    said = f"Best: {dict(configuration)}, in {path}"
    if asked.to is None and (used := tuned.file_of(tuning.name)) != path:
        said += f"\ntuned@name={tuning.name} stays {used}; --to {used.parent} replaces it"
    return said


def _best_folder(asked: argparse.Namespace) -> Path:
    """Where the best configuration goes."""
    from models.tuning import tuned

    return asked.to or tuned.found_folder()


def _again(asked: argparse.Namespace, best: Outcome) -> str:
    """The command that would search the same from the beginning, and keep its best there."""
    searchers, seeds = asked.searcher or [], asked.seed or []
    if (searchers and best.searcher not in searchers) or (seeds and best.seed not in seeds):
        searchers, seeds = [best.searcher], [best.seed]  # it was found before
    words = ["python", "-m", "models", "tune", asked.scenario]
    words += [word for name in searchers for word in ("--searcher", name)]
    words += [word for seed in seeds for word in ("--seed", str(seed))]
    words += ["--budget-s", f"{asked.budget_s:g}"] if asked.budget_s is not None else []
    words += ["--to", str(asked.to)] if asked.to else []
    return shlex.join(words)
