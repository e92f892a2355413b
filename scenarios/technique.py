"""Technique names as scenario files write them: "half_width+prune_structured@ratio=0.5"."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from scenarios.scenario import Scalar, Technique
from scenarios.section import hint, listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.scenario import Vocabulary
    from scenarios.section import Section

    Words = Mapping[str, Mapping[str, Scalar]]  # technique -> option -> default

DENSE = "dense"  # the name of applying no technique

INTEGER = re.compile(r"-?[0-9]{1,18}")  # 18 digits fit an int64
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,30})?(e-?[0-9]{1,3})?")  # no sign "+": it composes
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class TechniqueError(ValueError):
    """A technique that cannot be applied as written; the message has no file and section yet."""


def compose(text: str, words: Words) -> tuple[Technique, ...]:
    """The techniques of one variant, in the order of their application."""
    techniques = tuple(technique(part, words) for part in text.split("+"))
    if len(techniques) > 1 and any(one.name == DENSE for one in techniques):
        msg = f"{shown(text)}: {DENSE!r} means no technique; remove it from the composition"
        raise TechniqueError(msg)
    return techniques


def composed(section: Section, key: str, text: str, words: Vocabulary) -> tuple[Technique, ...]:
    """The techniques that a key names; none, and a report, if they cannot be applied."""
    try:
        return compose(text, words.techniques)
    except TechniqueError as error:
        section.report(f"{key}: {error}")
        return ()


def technique(text: str, words: Words) -> Technique:
    """One technique with its options.

    >>> str(technique("prune@ratio=1,layer=fc", {"prune": {"ratio": 0.5, "layer": "all"}}))
    'prune@layer=fc,ratio=1.0'
    """
    name, at, rest = text.partition("@")
    if name not in words:
        advice = hint(name, words, "correct or remove it")
        msg = f"unknown technique {shown(name)}; allowed are {listed(words)}; {advice}"
        raise TechniqueError(msg)
    options: dict[str, Scalar] = {}
    for part in rest.split(",") if at else ():
        key, _, value = part.partition("=")
        if key in options:
            msg = f"{shown(text)}: option {shown(key)} is given twice; give it once"
            raise TechniqueError(msg)
        options[key] = _option(name, key, value, words[name])
    return Technique(name=name, options=tuple(sorted(options.items())))


def _option(name: str, key: str, text: str, defaults: Mapping[str, Scalar]) -> Scalar:
    """The value of an option, as the type that its default has."""
    if key not in defaults:
        options = f"options of {name!r} are {listed(defaults)}"
        msg = f"unknown option {shown(key)}; {options}; {hint(key, defaults, 'remove it')}"
        raise TechniqueError(msg)
    default = defaults[key]
    if isinstance(default, bool) and text in {"true", "false"}:
        return text == "true"
    if type(default) is int and INTEGER.fullmatch(text):
        return int(text)
    if isinstance(default, float) and NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if isinstance(default, str) and WORD.fullmatch(text):
        return text
    example = Technique(name=name, options=((key, default),))
    msg = f"option {key!r} of {name!r} is {shown(text)}; allowed is {_allowed(default)}; "
    msg += f"write for example '{example}'"
    raise TechniqueError(msg)


def _allowed(default: Scalar) -> str:
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, int):
        return "a whole number"
    if isinstance(default, float):
        return "a number"
    return "a word of letters, digits, '_', '.' and '-'"


def resolved(techniques: tuple[Technique, ...], words: Words) -> tuple[Technique, ...]:
    """The same techniques with every option given: equal for variants that are the same."""
    return tuple(
        Technique(
            name=one.name,
            options=tuple(sorted({**words[one.name], **dict(one.options)}.items())),
        )
        for one in techniques
    )
