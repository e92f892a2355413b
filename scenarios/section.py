"""One table of a scenario file: reads values strictly and notes every mistake with its place."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

BARE = re.compile(r"[A-Za-z0-9_-]+")  # TOML's bare keys
SHOWN_CHARS = 60  # of a wrong value in an error: enough to recognise it, short enough for a line


def shown(value: object) -> str:
    """A value as an error quotes it, never raising and never longer than a line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value) if isinstance(value, str | float) else str(value)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "a very long number"
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}..."


def listed(words: Iterable[str]) -> str:
    """Names as an error lists them, in one order on every machine."""
    return ", ".join(sorted(words)) or "none"


def quoted(key: str) -> str:
    """A key as it is written in a header: with quotes, unless it is bare of what means something.

    >>> quoted("x"), quoted("input.1")
    ('x', '"input.1"')
    """
    return key if BARE.fullmatch(key) else json.dumps(key)


def hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to do about an unknown word: the likely spelling, or the other advice."""
    close = difflib.get_close_matches(word[:SHOWN_CHARS], list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table, its place in the file, and the list that all sections put their mistakes on.

    After a mistake every reader returns something of the right type, so that one pass
    finds all mistakes of a file; what it returned is thrown away with the rest.
    """

    file: str
    name: str  # "[budget]", "[[matrix]] number 2", "top level"
    table: Mapping[str, object]
    problems: list[str]

    def report(self, problem: str) -> None:
        """Note one mistake of this section."""
        self.problems.append(f"{self.file}: {self.name}: {problem}")

    def check_keys(self, known: Collection[str]) -> None:
        """Report every key that this section does not have."""
        for key in self.table:
            if key not in known:
                advice = hint(key, known, "remove it")
                known_keys = ", ".join(known)
                self.report(f"unknown key {shown(key)}; known keys are {known_keys}; {advice}")

    def child(self, key: str) -> Section:
        """The table under a key; empty if the key is absent or holds no table."""
        value = self.table.get(key, {})
        path = quoted(key) if self.name[0] != "[" else f"{self.name[1:-1]}.{quoted(key)}"
        if not isinstance(value, dict):
            self.wrong(key, value, "a table", f"write [{path}] and its keys below it")
            value = {}
        return Section(file=self.file, name=f"[{path}]", table=value, problems=self.problems)

    def wrong(self, key: str, value: object, allowed: str, advice: str) -> None:
        """Report a value that its key does not take."""
        self.report(f"{key}: {shown(value)} is not allowed; allowed is {allowed}; {advice}")

    def text(self, key: str, example: str) -> str:
        """A line of text that must be there."""
        value = self.table.get(key)
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value
        advice = f'write for example {key} = "{example}"'
        if key not in self.table:
            self.report(f"missing key {key!r}; allowed is one line of text; {advice}")
        else:
            self.wrong(key, value, "one line of text", advice)
        return example

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.table.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(key, value, "true or false", f"write {key} = {shown(default)}")
        return default

    def integer(self, key: str, default: int, limits: tuple[int, int]) -> int:
        """A whole number within limits, both included."""
        value = self.table.get(key, default)
        if is_integer(value, limits):
            return value
        allowed = f"a whole number from {limits[0]} to {limits[1]}"
        self.wrong(key, value, allowed, f"write for example {key} = {default}")
        return default

    def number(self, key: str, default: float, limits: tuple[float, float]) -> float:
        """A number within limits, both included."""
        value = self.table.get(key, default)
        if is_number(value, limits):
            return float(value)
        allowed = f"a number from {limits[0]:g} to {limits[1]:g}"
        self.wrong(key, value, allowed, f"write for example {key} = {default:g}")
        return default

    def items(self, key: str, default: list[object] | None, example: str) -> list[object]:
        """A list with at least one entry; must be there if it has no default."""
        value = self.table.get(key, default)
        if isinstance(value, list) and value:
            return value
        advice = f"write for example {key} = {example}"
        if key not in self.table:
            self.report(f"missing key {key!r}; allowed is a list of at least one; {advice}")
        else:
            self.wrong(key, value, "a list of at least one", advice)
        return []

    def words(self, key: str, known: Collection[str], default: str | None) -> tuple[str, ...]:
        """Names from the known ones, each once; must be there if there is no default."""
        example = f'["{default or min(known, default="")}"]'
        found: list[str] = []
        for item in self.items(key, None if default is None else [default], example):
            if not isinstance(item, str) or item not in known:
                word = item if isinstance(item, str) else ""
                advice = hint(word, known, "correct or remove it")
                self.wrong(key, item, f"one of {listed(known)}", advice)
            elif item in found:
                self.report(f"{key}: {item!r} is listed twice; list each once")
            else:
                found.append(item)
        return tuple(found)

    def integers(self, key: str, default: int | None, limits: tuple[int, int]) -> tuple[int, ...]:
        """Whole numbers within limits, each once; must be there if there is no default."""
        found: list[int] = []
        for item in self.items(key, None if default is None else [default], f"[{limits[0]}]"):
            if not is_integer(item, limits):
                allowed = f"a whole number from {limits[0]} to {limits[1]}"
                self.wrong(key, item, allowed, f"write for example {key} = [{limits[0]}]")
            elif item in found:
                self.report(f"{key}: {item} is listed twice; list each once")
            else:
                found.append(item)
        return tuple(found)


def is_integer(value: object, limits: tuple[int, int]) -> TypeGuard[int]:
    """Whether it is a whole number within limits; TOML's true is none, though Python's is."""
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return limits[0] <= value <= limits[1]


def is_number(value: object, limits: tuple[float, float]) -> TypeGuard[float]:
    """Whether it is a number within limits; nan is within none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return limits[0] <= value <= limits[1]
