"""The variants of a group that none of the others makes superfluous: a Pareto front with margins.

One beats another that is better in none of time, memory and accuracy and worse in one of them. What
cannot be told apart is alike, so beating does not carry over: the second may beat the third and
the first the second, while the first, a margin worse in something each time, does not beat the
third. Whoever is beaten only by what is itself beaten therefore stays, and each variant that leaves
is beaten by one that stays: the front covers the group within the margins, as an archive of
epsilon-dominance does (Laumanns et al. 2002), and whatever the order of the rows, as the kernel of
a graph without circles is unique (von Neumann & Morgenstern 1944).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from results.choosing.better import memory_of, speed, time_of, told
from results.choosing.preference import preferred

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.choosing.better import Margins
    from results.judging.row import Row

Pairs = frozenset[tuple[int, int]]  # the first one beats the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Beaten:
    """A variant that left the front, and why."""

    row: Row
    by: Row  # of those on the front that beat it, the preferred one
    better_in: tuple[str, ...]  # of time, memory and accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One group's front, the fastest first, and what is not on it."""

    rows: tuple[Row, ...]
    beaten: tuple[Beaten, ...]
    unknown: tuple[Row, ...]  # without a time, a memory or an accuracy


def frontier(group: Sequence[Row], margins: Margins) -> Front:
    """The front of a group; the rows may come in any order.

    Where no row has an accuracy, as with random weights, time and memory alone decide.
    """
    known = sorted(_known(group), key=speed)
    better_in = _better_in(known, margins)
    stays = sorted(undominated(len(known), frozenset(better_in)))
    beaten = []
    for number, row in enumerate(known):
        if number not in stays:
            by = preferred([known[each] for each in stays if (each, number) in better_in], margins)
            what = better_in[known.index(by), number]
            beaten.append(Beaten(row=row, by=by, better_in=what))
    return Front(
        rows=tuple(known[number] for number in stays),
        beaten=tuple(beaten),
        unknown=tuple(row for row in group if row not in known),
    )


def undominated(count: int, beats: Pairs) -> set[int]:
    """Those of 0 to count - 1 that nobody beats, and of the others who is beaten by none of them.

    Where some beat each other in a circle, which margins allow, all of them stay that nobody
    outside of it beats: to choose one would be to choose by the order of the rows.
    """
    stays: set[int] = set()
    left = set(range(count))
    while left:
        within = frozenset(pair for pair in beats if left.issuperset(pair))
        best = left - {loser for _, loser in within} or _circling(left, within)
        stays |= best
        left -= best | {loser for winner, loser in within if winner in best}
    return stays


def _circling(left: set[int], beats: Pairs) -> set[int]:
    """Those that beat in turn, if need be through others, everyone by whom they are so beaten."""
    reached = {one: _reached(one, beats) for one in left}
    return {
        one for one in left if all(other in reached[one] for other in left if one in reached[other])
    }


def _reached(start: int, beats: Pairs) -> set[int]:
    found: set[int] = set()
    waiting = {start}
    while waiting:
        found |= (waiting := {loser for winner, loser in beats if winner in waiting} - found)
    return found


def _better_in(known: Sequence[Row], margins: Margins) -> Mapping[tuple[int, int], tuple[str, ...]]:
    """By winner and loser: what the one that beats the other is better in."""
    criteria = told(known, margins)
    found = {}
    for (winner, one), (loser, other) in permutations(enumerate(known), 2):
        names = tuple(name for name, better in criteria.items() if better(one, other))
        if names and not any(better(other, one) for better in criteria.values()):
            found[winner, loser] = names
    return found


def _known(group: Sequence[Row]) -> list[Row]:
    timed = [row for row in group if time_of(row) is not None and memory_of(row) is not None]
    return [row for row in timed if has_accuracy(row)] or timed


def has_accuracy(row: Row) -> bool:
    """Whether its images had labels, and their answers were read."""
    return row.record.value("accuracy") is not None
