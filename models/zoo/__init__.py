"""The model families: one file is one family, and its name is the file's name.

A family's file has

- `INPUT_SHAPE`: of one sample, without the batch axis;
- `RATE` (optional): the share of a data set's learning rates that it is trained with;
- `BY_ITSELF` (optional): fields of `Architecture` with values that a technique asks for in vain,
  because the family is so already;
- `build(*, width=1.0, ...) -> nn.Module`, whose keyword parameters are the family's knobs, each a
  field of `Architecture`. One that it lacks cannot be asked of it. torch is imported inside.

A family that is no torch module has instead of `build` and `RATE`

- `fit(dataset, seed, report, found=None) -> bytes`: of an ONNX file whose one output is the
  classes' scores; `found` is a configuration that a search found, in place of the family's own.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ImpossibleError, ModelError
from models.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

    from models.data import Dataset, Training

FOLDER = Folder(
    package=__name__, path=Path(__file__).parent, one="model family", several="families"
)
DEPTHWISE = 0  # groups: as many as a layer has input channels
SUFFIXES = (".safetensors", ".onnx")  # of weights files: a torch module's, and any other's
LACKS = {  # what a family without the knob has not
    "width": "has no channels to scale",
    "groups": "has no convolution to group",
    "blocks": "has no stages of several blocks",
    "tied": "has no blocks of one shape in a row that could share their weights",
    "stride": "has no first convolution before layers that take feature maps of any size",
}
ALREADY = {  # what a family is, or has, by itself
    "groups": "is depthwise already",
    "tied": "has one block, applied several times: its weights are shared already",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What the architecture techniques of a recipe add up to; the arguments of a family's build."""

    width: float = 1.0  # relative number of channels
    groups: int = 1  # of every 3x3 and 5x5 convolution, or pointwise one beside depthwise ones
    blocks: int | None = None  # of each stage at most; None: all
    tied: bool = False  # the blocks of a stage after its first share one set of weights
    stride: int = 1  # of the first convolution, over the family's own

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from the family's own architecture."""
        own = asdict(Architecture())
        return {name: value for name, value in asdict(self).items() if value != own[name]}


def families() -> tuple[str, ...]:
    """Names of all families, by file name, without importing them."""
    return FOLDER.names()


def input_shape(family: str) -> tuple[int, ...]:
    """Shape of one sample, without the batch axis: (1, 28, 28)."""
    shape: tuple[int, ...] = FOLDER.file(family).INPUT_SHAPE
    return shape


def is_module(family: str) -> bool:
    """Whether the family is a torch module, rather than an ONNX file from elsewhere."""
    return hasattr(FOLDER.file(family), "build")


def suffix(family: str) -> str:
    """How the names of its weights files end."""
    return SUFFIXES[0] if is_module(family) else SUFFIXES[1]


def fitted(
    family: str,
    data: Dataset,
    seed: int,
    report: Callable[[float], None],
    found: Mapping[str, Any] | None,
) -> bytes:
    """An ONNX file of a family that is no torch module, trained on the data."""
    content: bytes = FOLDER.file(family).fit(data, seed, report, found)
    return content


def knobs(family: str) -> frozenset[str]:
    """The fields of an Architecture that the family can be built with."""
    if not is_module(family):
        return frozenset()
    return frozenset(inspect.signature(FOLDER.file(family).build).parameters)


def lacking(family: str, architecture: Architecture) -> str | None:
    """The reason why the family cannot be built so, as far as its file says; else None."""
    own = getattr(FOLDER.file(family), "BY_ITSELF", {})
    for knob, value in architecture.changes.items():
        if own.get(knob) == value:
            return f"{family} {ALREADY[knob]}"
    missing = [knob for knob in architecture.changes if knob not in knobs(family)]
    return f"{family} {LACKS[missing[0]]}" if missing else None


def paced(family: str, training: Training) -> Training:
    """How to train the family, from how its data set is trained on."""
    rate = getattr(FOLDER.file(family), "RATE", 1.0)
    return replace(training, learning_rate=rate * training.learning_rate)


def assemble(family: str, architecture: Architecture) -> nn.Module:
    """The family's module with random weights, or ModelError if it cannot be built so."""
    if not is_module(family):
        msg = f"{family} is no torch module; it can only be used as an ONNX file"
        raise ModelError(msg)
    if reason := lacking(family, architecture):
        raise ModelError(reason)
    build = FOLDER.file(family).build
    module: nn.Module = build(**architecture.changes)
    if "groups" in architecture.changes:
        whole = build(**replace(architecture, groups=1).changes)
        if _groups(module) == _groups(whole):
            raise _ungrouped(family, architecture)
    if "blocks" in architecture.changes:
        whole = build(**replace(architecture, blocks=None).changes)
        if len(list(module.modules())) == len(list(whole.modules())):
            msg = (
                f"{family}: none of its stages has more than {architecture.blocks} blocks; ask for "
                "fewer"
            )
            raise ModelError(msg)
    return module


def _ungrouped(family: str, architecture: Architecture) -> ModelError:
    """The error for groups that change nothing."""
    if architecture.groups == DEPTHWISE:
        return ImpossibleError(
            f"{family} at width {architecture.width:g} has no convolution to make depthwise, or "
            "its are so already"
        )
    return ModelError(
        f"{family} at width {architecture.width:g}: groups={architecture.groups} divides the "
        "channels of none of its convolutions; choose a divisor of both channel counts of one"
    )


def _groups(module: nn.Module) -> list[object]:
    """Of each layer that can be grouped, in order."""
    return [layer.groups for layer in module.modules() if hasattr(layer, "groups")]
