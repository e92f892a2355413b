"""Judges a run against an earlier one: what --fail-on makes fail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench.options import OptionError
from results import store
from results.comparing.compare import REACHED
from results.judging import comparability, controls
from results.judging.change import WORSE
from results.judging.row import group_of
from results.judging.rows import rows
from results.store import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pytest

    from results.judging.change import Change


def add_to(parser: pytest.Parser) -> None:
    """Declare the options in pytest's --help."""
    group = parser.getgroup("speedproof")
    group.addoption(
        "--fail-on",
        metavar="VERDICTS",
        help=f"fail on these against an earlier run, separated by commas: {', '.join(WORSE)}",
    )
    group.addoption(
        "--compare-to",
        metavar="RUN",
        help="the earlier run: a number, file, commit, date, latest~N; "
        "default: of those alike one that has most of the cases, and whose controls passed",
    )


def verdicts(given: str | None, compared_to: str | None) -> list[str]:
    """The verdicts that fail, as --fail-on names them.

    Raises:
        OptionError: one is not known, or --compare-to stands alone.
    """
    if given is None:
        if compared_to is not None:
            msg = f"--compare-to needs --fail-on; its verdicts are {', '.join(WORSE)}"
            raise OptionError(msg)
        return []
    names = [name.strip() for name in given.split(",")]
    for name in names:
        if name not in WORSE:
            msg = f"--fail-on {name!r}: allowed are {', '.join(WORSE)}, separated by commas"
            raise OptionError(msg)
    return list(dict.fromkeys(names))


def check(selector: str | None, environment: Mapping[str, Any], folder: Path) -> None:
    """Find out before anything is measured that it can be judged against the named run, if any.

    Args:
        selector: what --compare-to names.
        environment: what will be measured on.
        folder: where runs are stored.

    Raises:
        StoreError, UnlikeError: as `base_run` does, which looks again at what was measured.
    """
    if selector is not None:
        base_run(selector, Run(environment=environment), folder)


def base_run(selector: str | None, head: Run, folder: Path) -> Run | None:
    """The run to judge against: the named one, or of those that are alike the one that fits best.

    That is the one that reached the most of the cases that the head was asked for; of several the
    one with the fewest cases that a failed control makes untrusted, and then the last. A run of a
    few of them, or one that Ctrl-C ended, has nothing that the rest could have got worse than; and
    what crashed in the last run must not be forgotten. Nor can anything be called slower than what
    is untrusted, and a night later it would be the usual.

    Only the cases that the head was asked for are kept: those that were not selected this time
    are not missing.

    Raises:
        StoreError: the named run cannot be found or read.
        UnlikeError: the named run may not be compared with this one.
    """
    if selector is not None:
        named = store.load(store.find(selector, folder))
        comparability.require_alike(named, head, ())
        return _selected(named, head)
    best: Run | None = None
    most = 0, 0  # cases reached, and those of an untrusted group with a minus
    for earlier in _alike(head, folder):
        reached = sum(record.status in REACHED for record in earlier.records)
        if reached < max(1, most[0]):
            continue
        fits = reached, -_untrusted(earlier)
        if best is None or fits > most:
            best, most = earlier, fits
        if most == (len(head.records), 0):
            break
    return best


def _untrusted(run: Run) -> int:
    """How many cases are in groups with a failed control, of which the controls alone say it."""
    telling = [each for each in run.records if each.case.is_baseline or controls.FACT in each.facts]
    judged = rows(replace(run, records=tuple(telling)))
    groups = {row.group for row in judged if row.distrust}
    return sum(group_of(record) in groups for record in run.records)


def _alike(head: Run, folder: Path) -> Iterator[Run]:
    """Each stored run that may be compared with this one, the last one first."""
    for path in reversed(store.runs(folder)):
        try:
            earlier = _selected(store.load(path), head)
            comparability.require_alike(earlier, head, ())
        except (store.StoreError, comparability.UnlikeError):
            continue  # of another machine or suite; --compare-to would say so
        yield earlier


def _selected(earlier: Run, head: Run) -> Run:
    asked = {record.case.id for record in head.records}
    return replace(earlier, records=tuple(r for r in earlier.records if r.case.id in asked))


def of(verdict: str, changes: Sequence[Change]) -> list[str]:
    """A line for each change with this verdict."""
    return [f"{c.case}: {c.metric}: {c.why}" for c in changes if c.verdict == verdict]
