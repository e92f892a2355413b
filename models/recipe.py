"""Which weights: a family, the techniques applied to it, and the data it is trained on."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.data import datasets
from models.errors import ModelError
from models.techniques import WEIGHTLESS, Scalar, function, kind, technique_file
from models.zoo import families

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    seed: int = 0  # that of all shipped weights; others tell what was luck

    def __post_init__(self) -> None:
        _known("model family", self.family, families())
        _known("data set", self.dataset, datasets())
        if not self.techniques:
            msg = f"{self.family}: no techniques; use 'dense' for the network as it is"
            raise ModelError(msg)
        _check_order(self.steps)
        for step in self.steps:
            if kind(step.name) == "teacher":
                taught_by = function(step.name, "teacher")(**step.options)
                _known(f"teacher of {step.name}", taught_by, families())

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
        """Data set, family, steps with every option, and seed: the same for the same weights."""
        changes = [str(parse(text)) for text in self._changes] or ["dense"]
        seed = [f"seed={self.seed}"] if self.seed else []
        return "+".join([self.dataset, self.family, *changes, *seed])

    @property
    def title(self) -> str:
        """For people: "digits/simple_cnn+dense", or "digits/simple_cnn+dense, seed 1"."""
        return f"{self.dataset}/{self.name}" + (f", seed {self.seed}" if self.seed else "")

    @property
    def trained(self) -> Recipe:
        """The recipe whose weights these are: without steps that say how others hold or train."""
        kept = [text for text in self.techniques if kind(parse(text).name) not in WEIGHTLESS]
        return self._of(kept) if len(kept) < len(self.techniques) else self

    @property
    def parent(self) -> Recipe | None:
        """The recipe whose weights `change` starts from; None if it starts from random weights."""
        return None if kind(self.change.name) == "architecture" else self._of(self._taught[:-1])

    @property
    def change(self) -> Step:
        """The last step that changes the network, which these weights are made by."""
        return parse((self._taught or ["dense"])[-1])

    @property
    def lesson(self) -> Step | None:
        """The step that says who teaches while `change` is trained; None if nobody does."""
        named = self._changes[len(self._taught) :]
        return parse(named[0]) if named else None

    @property
    def teacher(self) -> Recipe | None:
        """The recipe whose weights teach, or None."""
        step = self.lesson
        if step is None:
            return None
        family = function(step.name, "teacher")(**step.options)
        return replace(self, family=family, techniques=("dense",))

    @property
    def made_from(self) -> tuple[Recipe, ...]:
        """All recipes whose weights have to be there before this one can be made."""
        return tuple(filter(None, (self.parent, self.teacher)))

    @property
    def _taught(self) -> list[str]:
        """The changes without the teacher of the last one."""
        changes = self._changes
        return changes[:-1] if changes and kind(parse(changes[-1]).name) == "teacher" else changes

    @property
    def _changes(self) -> list[str]:
        """The techniques that make a difference to the weights, as they were written."""
        named = [(text, parse(text).name) for text in self.techniques]
        return [text for text, name in named if name != "dense" and kind(name) not in WEIGHTLESS]

    def _of(self, techniques: Sequence[str]) -> Recipe:
        """The same network with other techniques."""
        return replace(self, techniques=tuple(techniques) or ("dense",))


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
    done: dict[str, Step] = {}  # the last step of each kind so far
    before: Step | None = None
    for step in steps:
        if step.name == "dense" or kind(step.name) == "training":
            continue  # how it is trained is the same before and after what is trained
        if problem := _misplaced(step, before, done):
            raise ModelError(problem)
        before = done[kind(step.name)] = step


def _misplaced(step: Step, before: Step | None, done: Mapping[str, Step]) -> str | None:
    """What is wrong with a step in this place, or None."""
    ours = kind(step.name)
    if (held := done.get("deploy")) and ours != "deploy":
        return (
            f"{step.name} comes after {held.name}, which only says how a finished network is held; "
            f"put {held.name} last"
        )
    if ours == "teacher" and before and kind(before.name) == "teacher":
        return f"{step.name} comes after {before.name}, and there is one teacher at a time"
    undone = {"architecture": ("inherit", "apply", "teacher"), "inherit": ("apply",)}.get(ours, ())
    if not (lost := next((done[each] for each in undone if each in done), None)):
        return None
    start = "trained from random weights" if ours == "architecture" else "built anew"
    return (
        f"{step.name} comes after {lost.name}, but it is {start} and would undo it; put "
        f"{step.name} first"
    )
