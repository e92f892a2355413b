"""Which notes of a run are about one scenario alone, by how they begin."""

from __future__ import annotations

CONTROLS = "controls: "  # then the scenario, and what its group shares


def is_about(note: str, scenario: str) -> bool:
    """Whether the note says something of this scenario.

    >>> is_about("controls: smoke, batch size 1: passed", "smoke"), is_about("smoke-2: x", "smoke")
    (True, False)
    """
    return note.removeprefix(CONTROLS).startswith((f"{scenario}: ", f"{scenario}, "))
