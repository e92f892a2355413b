"""The techniques: one file is one way to make a variant, and its name is the file's name.

A technique's file has

- `OPTIONS`: each option with its default, whose type is the option's type;
- `check(**options) -> None`: ModelError if a value is impossible for any model;
- `NEEDS: Needs` (optional): what it can only run with, else the case is skipped with the reason;
- `unsuited(family, dataset, **options) -> str | None` (optional): why it cannot be had of them;
- `reads(**options) -> Sequence[Path]` (optional): files that decide the weights beside its code;
- `REMARK: str` (optional): one sentence, a footnote of each row with the technique;
- and one of these, which says what kind of technique it is:
  - `architecture(before, **options) -> Architecture`: the network is built otherwise, and trained
    from random weights; with `planned(training, **options) -> Training` beside it, it also says
    how it is trained in place of the data set, which training scenarios, that say so themselves,
    refuse, and with `found(**options) -> Mapping` how a family that is no network is fitted;
  - `inherit(module, trained, **options) -> None`, beside an `architecture`: it is built otherwise,
    takes over what it can of the trained network's weights, and is fine-tuned;
  - `apply(module, batch, **options) -> Iterator[None]`: trained weights are changed in place. It
    yields each time the network shall be fine-tuned: as often as its option `steps` says, once
    without one. `batch` is (images, labels), some hundreds of the training images. Weights of
    convolutions and linear layers that are exactly zero stay zero through every fine-tuning;
  - `teacher(**options) -> str` and `loss(answers, taught, label_loss, **options) -> Tensor`: what
    stands to its left is trained with that family's dense network as its teacher; it may have
    `planned` as well, for that one training;
  - `deploy(module, **options) -> Module`: how a finished network is held. Nothing is trained, and
    the weights file is that of what stands to its left. An `apply` may have one beside it;
  - `training(before, **options) -> Loop`: how a network is trained, which training scenarios
    measure. No weights are kept of it;
- beside an `apply` or a `deploy`, `before_training(module, images, **options) -> Module`
  (optional): what it makes of a network with random weights, for training scenarios.

Techniques compose from left to right. Those that change the architecture come first, because they
start from random weights, and those that only deploy come last. torch is imported inside
functions: listing techniques must stay cheap.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from models.errors import ModelError
from models.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = Folder(package=__name__, path=Path(__file__).parent, one="technique", several="techniques")
Scalar = int | float | str | bool
Kind = Literal["inherit", "architecture", "apply", "teacher", "deploy", "training"]
KINDS: tuple[Kind, ...] = ("inherit", "architecture", "apply", "teacher", "deploy", "training")
WEIGHTLESS: frozenset[Kind] = frozenset({"deploy", "training"})  # weights are those without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a technique can only run with; None where it does not matter."""

    form: Literal["module", "onnx"] | None = None  # in which an engine takes a model
    precision: str | tuple[str, ...] | None = None  # this one, or one of these
    device: str | None = None  # "cuda"


class Technique(Protocol):
    """What every file in this folder offers, besides the functions of its kind."""

    OPTIONS: Mapping[str, Scalar]

    def check(self, **options: Any) -> None:  # noqa: ANN401 - each technique types its own
        """ModelError if a value is impossible for any model."""


def techniques() -> dict[str, dict[str, Scalar]]:
    """Every technique's options with their defaults, by name, without importing torch."""
    return {name: dict(technique_file(name).OPTIONS) for name in FOLDER.names()}


def technique_file(name: str) -> Technique:
    """The file of one technique."""
    found: Technique = FOLDER.file(name)
    return found


def function(name: str, what: str) -> Any:  # noqa: ANN401 - see the kinds above
    """A technique's function of that name."""
    return getattr(technique_file(name), what)


def kind(name: str) -> Kind:
    """What kind of technique it is: the first of KINDS that its file has a function for."""
    file = technique_file(name)
    return next(each for each in KINDS if hasattr(file, each))


def has(name: str, what: str) -> bool:
    """Whether a technique's file has that function, of its kind or beside it."""
    return hasattr(technique_file(name), what)


def tasks(name: str) -> frozenset[str]:
    """What a network with the technique can be measured at: "inference", "training" or both.

    Training scenarios say how a network is trained; a technique that says so itself would have half
    of it ignored there.
    """
    if kind(name) == "training":
        return frozenset({"training"})
    shaped = kind(name) == "architecture" and not has(name, "planned")
    trains = shaped or has(name, "before_training")
    return frozenset({"inference", "training"} if trains else {"inference"})


def needs(name: str) -> Needs:
    """What the technique can only run with."""
    found: Needs = getattr(technique_file(name), "NEEDS", Needs())
    return found


def remark(name: str) -> str | None:
    """The footnote of each row with the technique, or None."""
    found: str | None = getattr(technique_file(name), "REMARK", None)
    return found


def code_of(name: str) -> list[Path]:
    """The files that a technique's functions stand in: its own, and those it takes some from."""
    functions = filter(inspect.isfunction, vars(technique_file(name)).values())
    modules = {one.__module__ for one in functions if one.__module__.startswith(f"{__name__}.")}
    return sorted(FOLDER.path / f"{module.rpartition('.')[2]}.py" for module in modules)


def one_of(where: str, value: str, allowed: Sequence[str]) -> None:
    """ModelError unless an option has one of a few values."""
    if value not in allowed:
        msg = f"{where} is {value!r}, but must be one of {', '.join(allowed)}"
        raise ModelError(msg)


def at_least(where: str, value: int, least: int, default: Scalar) -> None:
    """ModelError if an option that counts something is too small."""
    if value < least:
        msg = f"{where} is {value}, but must be {least} or more; {default} is the default"
        raise ModelError(msg)


def applies_to_all(name: str) -> bool:
    """Whether families that are no networks can have the technique."""
    return name == "dense" or has(name, "found")


def changes_architecture(name: str) -> bool:
    """Whether a network with this technique is built otherwise."""
    return has(name, "architecture")
