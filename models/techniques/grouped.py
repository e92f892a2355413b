"""Grouped convolutions in place of full ones, trained anew: a share 1/groups of their MACs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.techniques import Scalar
    from models.zoo import Architecture

OPTIONS: Mapping[str, Scalar] = {"groups": 2}

FEWEST = 2  # one group is a full convolution


def check(*, groups: int) -> None:
    """Fewer than two groups change nothing; which more are possible depends on the family."""
    if groups < FEWEST:
        msg = (
            f"grouped: groups is {groups}, but must be {FEWEST} or more; use dense for full "
            "convolutions"
        )
        raise ModelError(msg)


def architecture(before: Architecture, *, groups: int) -> Architecture:
    """Every 3x3 and 5x5 convolution grouped whose channel counts can be divided."""
    return replace(before, groups=groups)
