"""A search's progress, with the best so far: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.tuning.searchers import searcher_file

if TYPE_CHECKING:
    from models.progress import Display
    from models.tuning.scenario import Tuning
    from models.tuning.searching import Search
    from models.tuning.space import Configuration
    from models.tuning.task import Progress as Step
    from models.tuning.trial import Found


def progress(tuning: Tuning, search: Search, display: Display, others: tuple[int, int]) -> Step:
    """What to call after each trial of this process; other processes' trials count as well.

    Args:
        tuning: the scenario.
        search: the one that is under way.
        display: where it is shown.
        others: how many searches came before it, and how many there are in all.
    """
    name, study = f"{search.searcher}, seed {search.seed}", search.study
    before, count = others
    total = _total(tuning, search.searcher)

    def step(_configuration: Configuration, _found: Found, _rows: int | None) -> None:
        judged = [one.found for one in study.trials() if one.found]
        whole = [one.found.score for one in study.trials() if one.whole and one.found]
        best = f", best {max(whole):.4f}" if whole else ""
        fits, spent_s = sum(f.fits for f in judged), sum(f.duration_s for f in judged)
        share = min(1.0, (spent_s if tuning.limits.seconds else fits) / total) if total else 0.0
        text = f"{fits} fits in {spent_s:.0f} s{best}; search {before + 1} of {count}"
        display.show(f"{tuning.name}: {name}", share, (text, (before + share) / count))

    return step


def _total(tuning: Tuning, searcher: str) -> float | None:
    if tuning.limits.seconds is None and searcher_file(searcher).EXHAUSTIVE:
        return tuning.whole_fits
    return tuning.limits.seconds or tuning.limits.fits
