"""The commands that choose: python -m results frontier and recommend."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from results import store
from results.choosing import better, choice
from results.choosing import text as choice_text
from results.choosing.front import frontier
from results.judging.target import is_training
from results.layout import table
from results.layout.terminal import width
from results.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from results.judging.row import Row
    from results.store import Run

NOTHING_FITS = 3
SIZES = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Declare both commands."""
    front = commands.add_parser(
        "frontier", help="the variants that nothing beats in time, memory and accuracy together"
    )
    front.add_argument("scenario", metavar="SCENARIO", help="one that infers; of all its groups")
    front.set_defaults(command=_frontier)
    pick = commands.add_parser(
        "recommend", help="the fastest variant within limits, and why the others fell out"
    )
    pick.add_argument("scenario", nargs="?", metavar="SCENARIO", help="only this; default: all")
    pick.add_argument("--batch", type=int, metavar="N", help="only this batch size")
    pick.add_argument(
        "--max-accuracy-drop",
        type=_not_negative,
        metavar="POINTS",
        help="against the baseline (default: not worse than dense, see docs/comparing.md)",
    )
    pick.add_argument("--max-memory", type=_size, metavar="SIZE", help="such as 50MB or 1.5GiB")
    pick.add_argument("--min-throughput", type=_not_negative, metavar="N", help="samples per s")
    pick.set_defaults(command=_recommend)
    for command in (front, pick):
        command.add_argument("--run", default="latest", metavar="RUN", help=store.RUN_HELP)
    return front, pick


def _frontier(parsed: argparse.Namespace) -> tuple[str, int]:
    run = store.load(store.find(parsed.run, parsed.folder))
    parts, code = [], 0
    for group in _groups(run, parsed.scenario, None):
        margins = _margins(run, group)
        front = frontier(group, margins)
        parts.append(choice_text.frontier(front, group, margins, width()))
        code = code if front.rows else NOTHING_FITS
    return "\n".join(parts), code


def _recommend(parsed: argparse.Namespace) -> tuple[str, int]:
    drop = parsed.max_accuracy_drop
    limits = choice.Limits(
        accuracy_drop=None if drop is None else drop / choice.POINTS,
        memory_bytes=parsed.max_memory,
        throughput_per_s=parsed.min_throughput,
    )
    run = store.load(store.find(parsed.run, parsed.folder))
    parts, code = [], 0
    for group in _groups(run, parsed.scenario, parsed.batch):
        margins = _margins(run, group)
        chosen = choice.choose(group, limits, margins)
        parts.append(choice_text.recommendation(chosen, group, margins, width()))
        code = code if chosen.fitting else NOTHING_FITS
    return "\n".join(parts), code


def _margins(run: Run, group: Sequence[Row]) -> better.Margins:
    return better.margins(run, group[0].record.case.scenario)


def _groups(run: Run, scenario: str | None, batch: int | None) -> list[tuple[Row, ...]]:
    """The groups of a run that are meant; a StoreError where there is nothing to choose from."""
    rows = table.rows(run)
    groups = choice.groups(rows)
    others = {row.record.case.scenario: "training" for row in rows if is_training(row.record)}
    others |= dict.fromkeys(run.tuning, "tuning")
    if scenario in others or not groups:
        asked = f"scenario {scenario!r} is of {others[scenario]}" if scenario in others else ""
        inference = sorted({group[0].record.case.scenario for group in groups})
        has = [*inference, *(f"{name} ({task})" for name, task in others.items())]
        msg = (
            f"{run.path}: {asked or 'nothing to choose from'}; variants are chosen among cases of "
            f"inference; the run has {', '.join(has) or 'no case'}"
        )
        raise StoreError(msg)
    groups = _like(run, groups, "scenario", scenario)
    return _like(run, groups, "batch_size", batch)


def _like(
    run: Run, groups: list[tuple[Row, ...]], field: str, wanted: str | int | None
) -> list[tuple[Row, ...]]:
    """The groups whose cases have this; all if nothing is wanted."""
    if wanted is None:
        return groups
    known = sorted({getattr(group[0].record.case, field) for group in groups})
    if wanted not in known:
        has = ", ".join(map(str, known))
        msg = f"{run.path}: no {field.replace('_', ' ')} {wanted!r}; the run has {has}"
        raise StoreError(msg)
    return [group for group in groups if getattr(group[0].record.case, field) == wanted]


def _not_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        msg = f"{text!r}: expected a number, 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def _size(text: str) -> float:
    """Bytes of a size such as 50MB, the unit in any case: nobody means millibits.

    >>> _size("1.5kB"), _size("50mb")
    (1500.0, 50000000.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    sizes = {unit.casefold(): size for unit, size in SIZES.items()}
    if not found or found[2].casefold() not in sizes:
        units = ", ".join(SIZES)
        msg = f"{text!r}: expected a number and one of {units}, in any case, such as 50MB"
        raise argparse.ArgumentTypeError(msg)
    return float(found[1]) * sizes[found[2].casefold()]
