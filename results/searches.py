"""The searches of a run as they are stored: searchers compared, or cells to ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """What the searchers of one tuning scenario came to, or a search for what to ship."""

    of: str = "searcher"  # what a row is of: "searcher", or "cell" of a scenario
    headers: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()  # what is worth a row to people; of cells, the front
    rows: tuple[Mapping[str, Any], ...] = ()  # every searcher or cell, as numbers in base units
    notes: tuple[str, ...] = ()  # what stands below the table
    facts: Mapping[str, Any] = field(default_factory=dict)  # of the whole search, for JSON
    importance: Mapping[str, Any] | None = None  # of the parameters, and over whose trials
    text: str = ""  # all there is in runs that were stored before searches were kept as data

    @property
    def count(self) -> str:
        """How many searchers or cells there were, as far as that is known."""
        if self.text:
            return "searches"
        return f"1 {self.of}" if len(self.rows) == 1 else f"{len(self.rows)} {self.of}s"


def read(stored: object) -> Searches:
    """From a stored run; TypeError or AttributeError if it is nothing that was ever stored."""
    if isinstance(stored, str):
        return Searches(text=stored)
    if not isinstance(stored, Mapping):
        msg = f"tuning: expected an object with named values, found {stored!r}"
        raise TypeError(msg)
    importance = stored.get("importance")
    return Searches(
        of=str(stored.get("of", "searcher")),  # all were, in runs that do not say it
        headers=tuple(map(str, stored.get("headers", ()))),
        cells=tuple(tuple(map(str, row)) for row in stored.get("cells", ())),
        rows=tuple(dict(row) for row in stored.get("rows", ())),
        notes=tuple(map(str, stored.get("notes", ()))),
        facts=dict(stored.get("facts", {})),
        importance=None if importance is None else dict(importance),
    )
