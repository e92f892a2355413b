"""In which order the workers of a replicate are loaded, and how many of them there is room for."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.measuring.tally import Tally

LEAST_LIVE = 2  # a baseline and one case: a part with less compares nothing

Item = TypeVar("Item")
Live_co = TypeVar("Live_co", covariant=True)
Live = TypeVar("Live")


class NoRoomError(Exception):
    """A device's memory is full, and other live workers have a part of it."""


class Load(Protocol[Live_co]):
    """Loads the worker of one case."""

    def __call__(self, tally: Tally, stack: ExitStack, *, is_crowded: bool) -> Sequence[Live_co]:
        """What lives of it, until the stack ends: one, or none if it failed, which its tally says.

        Raises:
            NoRoomError: where the others have what it needs, as they may if it is crowded.
        """
        ...


def order(items: Sequence[Item], replicate: int) -> list[Item]:
    """By lot, and every second replicate the last one turned round.

    Which pages a process gets depends on what was loaded before it. With one order for all
    replicates that is the same luck in all of them: with the baseline always first, copies of it
    came out faster by 1 % in one run and slower in another. So each is loaded before each other
    one in half of the replicates.
    """
    drawn = list(items)
    random.Random(replicate // 2).shuffle(drawn)  # noqa: S311 - nobody has to be kept from guessing
    return drawn[::-1] if replicate % 2 else drawn


def load_all(
    tallies: Sequence[Tally],
    replicate: int,
    load: Load[Live],
    is_memory_low: Callable[[Tally], bool],
    stack: ExitStack,
) -> tuple[list[Live], list[Tally]]:
    """What lives, and the cases for which memory is too small, both in the order of the tallies.

    Args:
        tallies: what to load, the baseline first.
        replicate: its number.
        load: of one of them.
        is_memory_low: whether the next one should not be loaded beside the others.
        stack: what is live lives until it ends.
    """
    with ExitStack() as attempt:
        found, left = _in(order(tallies, replicate), load, is_memory_low, attempt)
        if tallies[0] not in left:
            stack.push(attempt.pop_all())
            live = [one for tally in tallies for one in found.get(id(tally), ())]
            return live, [tally for tally in tallies if tally in left]
    # Without its baseline nothing of a group can be judged: it comes first where room is short.
    found, left = _in(tallies, load, is_memory_low, stack)
    return [one for live in found.values() for one in live], left


def _in(
    order: Sequence[Tally],
    load: Load[Live],
    is_memory_low: Callable[[Tally], bool],
    stack: ExitStack,
) -> tuple[dict[int, Sequence[Live]], list[Tally]]:
    """What lives by the identity of its tally, and those that found no room."""
    found: dict[int, Sequence[Live]] = {}
    for index, tally in enumerate(order):
        is_crowded = sum(map(len, found.values())) >= LEAST_LIVE
        if is_crowded and is_memory_low(tally):
            return found, list(order[index:])
        try:
            found[id(tally)] = load(tally, stack, is_crowded=is_crowded)
        except NoRoomError:
            return found, list(order[index:])
    return found, []
