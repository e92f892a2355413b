"""Whose turn it is: a balanced order of blocks in which the baseline is always near.

A replicate is a number of passes; in a pass every case that takes part has one block. A pass is
cut into rounds of a few cases, and each round has a block of the baseline among them, so
that a case and the baseline it is divided by are at most a few blocks apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


ROUND_CASES = 5  # beside the baseline: its share of the time is a sixth, its distance three blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One block to be run."""

    member: int  # 0 is the baseline, then the cases in their order
    round: int
    position: int


def williams_row(size: int, row: int) -> list[int]:
    """A row of a Williams design: over `size` rows each pair of neighbours comes equally often.

    Williams, E. J. (1949): Experimental designs balanced for the estimation of residual effects
    of treatments. For odd sizes every second row is mirrored, which balances 2 x size rows.
    """
    zigzag = [(k + 1) // 2 if k % 2 else (size - k // 2) % size for k in range(size)]
    cells = [(cell + row) % size for cell in zigzag]
    return cells[::-1] if size % 2 and row % 2 else cells


def turns(passes: Sequence[int], replicate: int) -> list[Turn]:
    """All turns of one replicate, in order.

    Args:
        passes: for each member after the baseline, in how many passes it takes part. A slow one
            takes part in fewer, spread evenly over the replicate.
        replicate: rotates the order, so that no case always follows the same neighbour, and where
            the baseline's place in a round begins to move, so that it is not first more often than
            others where rounds are odd.
    """
    most = max(passes, default=0)
    planned: list[Turn] = []
    rounds = 0
    for number in range(most):
        order = williams_row(len(passes), replicate * most + number)
        present = [case + 1 for case in order if _takes_part(number, passes[case], most)]
        for start in range(0, len(present), ROUND_CASES):
            members = present[start : start + ROUND_CASES]
            members.insert((replicate + rounds) % (len(members) + 1), 0)
            planned += [
                Turn(member=member, round=rounds, position=position)
                for position, member in enumerate(members)
            ]
            rounds += 1
    return planned


def _takes_part(number: int, passes: int, most: int) -> bool:
    """Whether one of `passes` evenly spread among `most` falls on this number."""
    return (number + 1) * passes // most > number * passes // most
