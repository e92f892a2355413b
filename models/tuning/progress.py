"""A search's progress on standard error, with the best so far."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.tuning.scenario import Tuning
    from models.tuning.searching import Search
    from models.tuning.space import Configuration
    from models.tuning.task import Progress as Step
    from models.tuning.trial import Found


@contextmanager
def progress(tuning: Tuning, search: Search) -> Iterator[Step]:
    """What to call after each trial of this process; others' trials count as well."""
    name, study = f"{search.searcher}, seed {search.seed}", search.study
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        bar = shown.add_task(name, total=_total(tuning, search.searcher))

        def step(_configuration: Configuration, _found: Found, _rows: int | None) -> None:
            judged = [one.found for one in study.trials() if one.found]
            whole = [one.found.score for one in study.trials() if one.whole and one.found]
            best = f", best {max(whole):.4f}" if whole else ""
            fits, spent_s = sum(f.fits for f in judged), sum(f.duration_s for f in judged)
            text = f"{name}: {fits} fits in {spent_s:.0f} s{best}"
            done = spent_s if tuning.limits.seconds else fits
            shown.update(bar, description=text, completed=done)

        yield step


def _total(tuning: Tuning, searcher: str) -> float | None:
    from models.tuning.searchers import searcher_file

    if tuning.limits.seconds is None and searcher_file(searcher).EXHAUSTIVE:
        return tuning.space.size * tuning.folds if tuning.space.size else None
    return tuning.limits.seconds or tuning.limits.fits
