"""Reads a TOML file; whatever is wrong with it as a file is one line of a ScenarioError."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from scenarios.scenario import TOP_LEVEL, ScenarioError

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> dict[str, object]:
    """The table that the file is."""
    try:
        # Some editors begin a file with a mark of UTF-8, which TOML has not.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror}; check the path {str(path)!r}"
    except RecursionError:
        reason = "cannot be read: its lists or tables are nested too deeply; flatten them"
    except ValueError as error:  # not UTF-8, not TOML, or a number with too many digits
        reason = f"not valid TOML: {error}; correct it there"
    msg = f"{path.name}: {TOP_LEVEL}: {reason}"
    raise ScenarioError(msg)
