"""Which weights: a family, the techniques applied to it, and the data it is trained on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.data import datasets
from models.errors import ModelError
from models.techniques import Scalar, changes_architecture, technique_file
from models.zoo import families

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One technique with all of its options."""

    name: str
    options: Mapping[str, Scalar]  # those left out are at their defaults

    def __str__(self) -> str:
        """The form with every option: prune_structured@ratio=0.5,round_to=8."""
        options = ",".join(f"{key}={value}" for key, value in sorted(self.options.items()))
        return f"{self.name}@{options}" if options else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Names only, checked when it is made; equal `key` means equal weights.

    `name` is for people and files, and repeats the techniques as they were written. `key` fills in
    the options that were left out, so prune_structured and prune_structured@ratio=0.5 share one.
    """

    family: str
    techniques: tuple[str, ...]  # as scenarios print them: ("prune_structured@ratio=0.5",)
    dataset: str

    def __post_init__(self) -> None:
        _known("model family", self.family, families())
        _known("data set", self.dataset, datasets())
        if not self.techniques:
            msg = f"{self.family}: no techniques; use 'dense' for the network as it is"
            raise ModelError(msg)
        _check_order(self.steps)

    @property
    def name(self) -> str:
        """As in case ids and file names: simple_cnn+prune_structured@ratio=0.5."""
        return "+".join([self.family, *self.techniques])

    @property
    def steps(self) -> tuple[Step, ...]:
        """The techniques, parsed."""
        return tuple(parse(text) for text in self.techniques)

    @property
    def key(self) -> str:
        """Data set, family and every step with every option: the same for the same weights."""
        changes = [str(parse(text)) for text in self._changes] or ["dense"]
        return "+".join([self.dataset, self.family, *changes])

    @property
    def parent(self) -> Recipe | None:
        """The recipe whose weights the last step changes; None if it starts from random weights."""
        *rest, last = self._changes or ["dense"]
        if changes_architecture(parse(last).name):
            return None
        before = tuple(rest) or ("dense",)
        return Recipe(family=self.family, techniques=before, dataset=self.dataset)

    @property
    def _changes(self) -> list[str]:
        return [text for text in self.techniques if parse(text).name != "dense"]


def parse(text: str) -> Step:
    """A technique as scenarios print it, name@option=value,option=value, to a checked Step."""
    name, at, rest = text.partition("@")
    file = technique_file(name)
    written = [item.partition("=")[::2] for item in rest.split(",")] if at else []
    options = dict(file.OPTIONS)
    for key, value in written:
        _known(f"option of {name}", key, file.OPTIONS)
        options[key] = _typed(f"{name}@{key}", value, file.OPTIONS[key])
    if len({key for key, _ in written}) < len(written):
        msg = f"{text}: an option is given twice; give each once"
        raise ModelError(msg)
    file.check(**options)
    return Step(name=name, options=options)


def _typed(where: str, value: str, default: Scalar) -> Scalar:
    kind = type(default)
    try:
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
        return kind(value)
    except (KeyError, ValueError):
        msg = f"{where} is {value!r}, but must be {NAMES[kind]}, such as {default}"
        raise ModelError(msg) from None


def _known(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, list(known), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"unknown {what} {name!r}; known are {', '.join(known) or 'none'}{hint}"
        raise ModelError(msg)


def _check_order(steps: tuple[Step, ...]) -> None:
    pruned: Step | None = None
    for step in steps:
        if not changes_architecture(step.name):
            pruned = step
        elif pruned and step.name != "dense":
            msg = (
                f"{step.name} comes after {pruned.name}, but it is trained from random weights and "
                f"would undo it; put {step.name} first"
            )
            raise ModelError(msg)
