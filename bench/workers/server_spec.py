"""Where a worker is born: whose code it runs, under which interpreter, and what is imported."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A checkout of the suite and the interpreter that runs it."""

    checkout: Path  # the folder that holds bench/
    python: str  # the executable; not resolved, as a link is what makes a virtual environment


PREPARATION = "preparation"  # in the place of an engine's name
HERE = Home(checkout=Path(__file__).parents[2], python=sys.executable)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """Workers with equal ones are forked from one process, and share its memory layout."""

    engine: str  # imported before anything is forked; or PREPARATION, with what it needs
    threads: int
    replicate: int
    home: Home = HERE

    @property
    def preload(self) -> str:
        """The function that imports it, as "package.module:function"."""
        prepares = self.engine == PREPARATION
        module = "bench.preparation.preparing" if prepares else f"bench.engines.{self.engine}"
        return f"{module}:preload"
