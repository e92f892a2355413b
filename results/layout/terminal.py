"""How many columns a text for people may have."""

from __future__ import annotations

import shutil

WIDE = 160  # columns where there is no terminal to ask


def width() -> int:
    """Columns of the terminal, or what COLUMNS says."""
    return shutil.get_terminal_size((WIDE, 24)).columns
