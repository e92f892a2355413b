"""Operators of a file that an ONNX Runtime does not have, told alike by each of its engines."""

from __future__ import annotations

import re

from bench.workers.session import Unavailable

# How it names one: of a domain that it does not know, and of one that it does.
UNKNOWN = (
    re.compile(r"Fatal error: (?P<domain>[^\s:]*):(?P<name>\w+)\(-?\d+\) is not a registered"),
    re.compile(r'In Node, \("[^"]*", (?P<name>\w+), "(?P<domain>[^"]*)", .*No Op registered for'),
)


def check_known(error: Exception) -> None:
    """Look at what kept a session from being made.

    Raises:
        Unavailable: it was an operator that this build does not have, which is no failure of ours.
    """
    for pattern in UNKNOWN:
        if found := pattern.search(str(error)):
            name = ".".join(filter(None, (found["domain"], found["name"])))
            msg = f"ONNX Runtime has no operator {name}"
            raise Unavailable(msg) from error
