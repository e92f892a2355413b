"""Short ways to make the values that these tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models import Recipe, families, is_module
from models.data import Training
from models.techniques import function, technique_file
from models.zoo import Architecture

if TYPE_CHECKING:
    from torch import Tensor, nn

    from models.techniques import Scalar

MODULES = [family for family in families() if is_module(family)]
NARROW = {"resnet50": 1 / 16}  # a width at which a large family builds and runs in a moment
SMALL = [family for family in MODULES if family not in NARROW]
DATA = {"resnet50": "imagenet_shape"}  # for families that do not fit the digits
STILL = Training(  # images as they are
    epochs=20,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.01,
    label_smoothing=0.0,
    shift_pixels=0,
    mirror=False,
)


def narrow(family: str, **changes: Any) -> Architecture:  # noqa: ANN401 - of an Architecture
    """An architecture with these changes, small enough for a test."""
    width = NARROW.get(family, 1.0) * changes.pop("width", 1.0)
    return Architecture(width=width, **changes)


def narrowing(family: str) -> tuple[str, ...]:
    """The techniques of a narrow architecture."""
    return ("quarter_width", "quarter_width") if family in NARROW else ()


def recipe(*techniques: str, family: str = "simple_cnn", dataset: str = "digits") -> Recipe:
    return Recipe(family=family, techniques=techniques or ("dense",), dataset=dataset)


def apply(name: str, module: nn.Module, images: Tensor, **options: Scalar) -> int:
    """Change weights by a technique without any fine-tuning; how often it wanted some."""
    import torch

    batch = images, torch.arange(len(images)) % 10
    every = {**technique_file(name).OPTIONS, **options}
    return sum(1 for _ in function(name, "apply")(module, batch, **every))


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s
