"""What is measured of a group beside the blocks of its cases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What to leave out of a group's measuring, where only some of it is wanted."""

    yardstick: bool = True  # its blocks, which only comparisons with other runs need
    meters: bool = True
    predictions: bool = True
    alone: bool = True  # go on with the others when the baseline has failed


EVERYTHING = Scope()
RATIOS = Scope(yardstick=False, meters=False, predictions=False, alone=False)
