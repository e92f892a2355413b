"""Which device CUDA means by a number: the rules of CUDA_VISIBLE_DEVICES.

The method's source: CUDA C++ Programming Guide, "CUDA Environment Variables". The list holds
numbers, or UUIDs ("GPU-..."), which may be cut short, or MIG devices ("MIG-..."). The first entry
that is none of its kind ends it, and one that stands there twice makes it empty.
"""

from __future__ import annotations

import re

NUMBER = re.compile(r"\s*\+?(\d+)")  # CUDA reads as strtoul does: "1st" is 1
KINDS = ("GPU-", "MIG-")


class NotVisibleError(ValueError):
    """CUDA shows no device of this number; the text says what it shows."""


def chosen(visible: str | None, index: int) -> int | str:
    """The number (among all devices), or the UUID or its beginning, of a device that CUDA counts.

    >>> chosen("3,1", 0), chosen("GPU-8932f937,GPU-6a5b", 1), chosen(None, 2)
    (3, 'GPU-6a5b', 2)

    Args:
        visible: the value of CUDA_VISIBLE_DEVICES; None where it is not set.
        index: CUDA's number: 1 of "cuda:1".

    Raises:
        NotVisibleError: the list is shorter than that.
    """
    if visible is None:
        return index
    entries = _entries(visible)
    if index >= len(entries):
        msg = (
            f"cuda:{index} is not visible: CUDA_VISIBLE_DEVICES={visible!r} shows "
            f"{len(entries) or 'no'} device{'s' if len(entries) != 1 else ''}; name a smaller "
            "number, or change the variable"
        )
        raise NotVisibleError(msg)
    return entries[index]


def _entries(visible: str) -> list[int | str]:
    kind = next((each for each in KINDS if visible.startswith(each)), None)
    entries: list[int | str] = []
    for text in visible.split(","):
        entry = _number(text) if kind is None else text if text.startswith(kind) else None
        if entry is None:
            return entries
        if entry in entries:
            return []
        entries.append(entry)
    return entries


def _number(text: str) -> int | None:
    found = NUMBER.match(text)
    return int(found[1]) if found else None
