"""A folder that is a registry: one file is one thing, and its name is the file's name."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The files of a package, but for those whose names begin with an underscore."""

    package: str  # "models.zoo"
    path: Path  # of the package's folder
    one: str  # what a file holds, for errors: "model family"
    several: str  # "families"

    def names(self) -> tuple[str, ...]:
        """Of all files, without importing them."""
        return tuple(sorted(p.stem for p in self.path.glob("*.py") if p.stem[0] != "_"))

    def file(self, name: str) -> Any:  # noqa: ANN401 - a module with its package's contract
        """The module of one file, imported now; ModelError if there is none."""
        if name not in self.names():
            msg = f"unknown {self.one} {name!r}; {self.several} are {', '.join(self.names())}"
            raise ModelError(msg)
        return importlib.import_module(f"{self.package}.{name}")
