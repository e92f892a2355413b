"""Reads typed values out of a JSON object, with errors that name the key and what was allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeVar

Word = TypeVar("Word", bound=str)


class RecordError(ValueError):
    """A stored record that this suite cannot read; the message says why."""


class Fields:
    """One JSON object and where it lies in the document, such as `record.blocks[3]`."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, Mapping):
            msg = f"{where}: expected an object with named values, found {_shown(data)}"
            raise RecordError(msg)
        self._data: Mapping[str, object] = data
        self._where = where

    def has(self, key: str) -> bool:
        """Whether the key is there and not null; only for what need not be known."""
        return self._data.get(key) is not None

    def text(self, key: str, *, may_be_empty: bool = False) -> str:
        """A string; an empty one only where that means something."""
        value = self._get(key)
        if not isinstance(value, str) or not (value or may_be_empty):
            self._refuse(key, "a text" if may_be_empty else "a text that is not empty")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, or None for null."""
        return None if self._get(key) is None else self.text(key, may_be_empty=True)

    def one_of(self, key: str, allowed: Sequence[Word]) -> Word:
        """One of a few words."""
        value = self._get(key)
        word = next((each for each in allowed if each == value), None)
        if word is None:
            self._refuse(key, f"one of {', '.join(allowed)}")
        return word

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            self._refuse(key, "true or false")
        return value

    def number(self, key: str) -> float:
        """A finite number: what was not measured is left out, and NaN is not a measurement."""
        value = _finite(self._get(key))
        if value is None:
            self._refuse(key, "a finite number")
        return value

    def optional_number(self, key: str) -> float | None:
        """A finite number, or None for null."""
        return None if self._get(key) is None else self.number(key)

    def count(self, key: str) -> int:
        """A whole number, 0 or more."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._refuse(key, "a whole number, 0 or more")
        return value

    def optional_count(self, key: str) -> int | None:
        """A whole number, 0 or more, or None for null."""
        return None if self._get(key) is None else self.count(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        values = self._list(key)
        if not all(isinstance(each, str) for each in values):
            self._refuse(key, "a list of texts")
        return tuple(str(each) for each in values)

    def texts_by_name(self, key: str) -> dict[str, str]:
        """An object whose values are strings."""
        values = self._get(key)
        if not isinstance(values, Mapping) or not all(isinstance(v, str) for v in values.values()):
            self._refuse(key, "an object of texts")
        return {str(name): str(value) for name, value in values.items()}

    def durations_s(self, key: str) -> tuple[float, ...]:
        """A list of finite durations, 0 or more: a coarse clock may read 0."""
        values = [_finite(each) for each in self._list(key)]
        good = tuple(each for each in values if each is not None and each >= 0)
        if len(good) != len(values):
            self._refuse(key, "a list of finite numbers, 0 or more")
        return good

    def inner(self, key: str) -> Fields:
        """An object within this one."""
        return Fields(self._get(key), f"{self._where}.{key}")

    def inners(self, key: str) -> list[Fields]:
        """A list of objects within this one."""
        where = f"{self._where}.{key}"
        return [Fields(each, f"{where}[{i}]") for i, each in enumerate(self._list(key))]

    def _list(self, key: str) -> Sequence[object]:
        value = self._get(key)
        if not isinstance(value, list | tuple):
            self._refuse(key, "a list")
        return value

    def _get(self, key: str) -> object:
        if key not in self._data:
            known = ", ".join(self._data) or "none"
            msg = f"{self._where}: {key!r} is missing; the keys that are there: {known}"
            raise RecordError(msg)
        return self._data[key]

    def _refuse(self, key: str, allowed: str) -> NoReturn:
        msg = f"{self._where}.{key}: expected {allowed}, found {_shown(self._data[key])}"
        raise RecordError(msg)


def _finite(value: object) -> float | None:
    """The value if it is a finite number (a bool is not), unchanged in type."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # an int too large for a float
        return None


def _shown(value: object) -> str:
    """The value, short enough for one line of an error."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004 - one line of text
