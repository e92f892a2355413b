"""Which notes of a run are about one scenario alone: all such notes begin with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

CONTROLS = "controls: "  # then the scenario, and what its group shares
CUT = ": interrupted: "  # after the scenario, of which there may be no case at all


def is_about(note: str, scenario: str) -> bool:
    """Whether the note says something of this scenario.

    >>> is_about("controls: smoke, batch size 1: passed", "smoke"), is_about("smoke-2: x", "smoke")
    (True, False)
    """
    return note.removeprefix(CONTROLS).startswith((f"{scenario}: ", f"{scenario}, "))


def is_of_another(note: str, scenarios: Collection[str]) -> bool:
    """Whether the note says that a scenario beside these was cut short."""
    name, cut, _ = note.partition(CUT)
    return bool(cut) and name not in scenarios
