"""A configuration that a search found: how wide the network is, and how it is trained."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from models.data import Training
from models.tuning import tuned
from models.tuning.problems import problem_file
from models.zoo import Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {"name": "digits-narrow"}


def check(*, name: str) -> None:
    """There must be a file models/tuned/<name>.toml that can be read."""
    tuned.read(name)


def unsuited(family: str, dataset: str, *, name: str) -> str | None:
    """What was found for one family and its data says nothing about others."""
    best = tuned.read(name)
    if (best.problem, best.dataset) == (family, dataset):
        return None
    return f"tuned@name={name} is of {best.problem} on {best.dataset}, not {family} on {dataset}"


def architecture(before: Architecture, *, name: str) -> Architecture:
    """What the configuration says of the network; a width multiplies, as other techniques' do.

    What the family has anyway, such as all of its blocks, is nothing to ask for.
    """
    own = problem_file(tuned.read(name).problem).DEFAULTS
    other = {key: value for key, value in _of(Architecture, name).items() if value != own.get(key)}
    return replace(before, **other | {"width": before.width * other.get("width", 1.0)})


def planned(training: Training, *, name: str) -> Training:
    """What the configuration says of the training, in place of what the data set says."""
    return replace(training, **_of(Training, name))


def found(*, name: str) -> Mapping[str, Any]:
    """The whole configuration, for what is fitted rather than trained."""
    return tuned.read(name).configuration


def reads(*, name: str) -> list[Path]:
    """The configuration's file."""
    return [tuned.file_of(name)]


def _of(kind: type[Architecture | Training], name: str) -> dict[str, Any]:
    """The part of the configuration that is fields of that kind."""
    known = {field.name for field in fields(kind)}
    return {key: value for key, value in tuned.read(name).configuration.items() if key in known}
