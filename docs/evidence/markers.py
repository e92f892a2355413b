"""Markers in a document: a script writes what is between them, people the words around."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BEGIN = "<!-- from {name}.csv, written by docs/evidence/{script}.py: begin -->"
END = "<!-- end -->"
NAME = r"([\w.*-]+)"


def names(document: str, script: str) -> list[str]:
    """The files, without .csv, that the document has markers of this script for, in its order."""
    return _begins(script).findall(document)


def filled(document: str, script: str, table: Callable[[str], str]) -> str:
    """The document with the table of each name made anew; ValueError if a marker has no end."""
    for name in names(document, script):
        begin = BEGIN.format(name=name, script=script)
        before, _, rest = document.partition(begin)
        inside, ended, after = rest.partition(END)
        if not ended or _begins(script).search(inside):
            msg = f"docs/{script}.md: expected {END} after {begin}"
            raise ValueError(msg)
        document = f"{before}{begin}\n\n{table(name)}\n\n{END}{after}"
    return document


def _begins(script: str) -> re.Pattern[str]:
    before, after = (re.escape(part) for part in BEGIN.format(name="|", script=script).split("|"))
    return re.compile(before + NAME + after)
