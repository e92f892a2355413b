"""Short ways to make the values that these tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import Recipe
from models.techniques import function, technique_file

if TYPE_CHECKING:
    from torch import Tensor, nn

    from models.techniques import Scalar


def recipe(*techniques: str, family: str = "simple_cnn", dataset: str = "digits") -> Recipe:
    return Recipe(family=family, techniques=techniques or ("dense",), dataset=dataset)


def apply(name: str, module: nn.Module, images: Tensor, **options: Scalar) -> int:
    """Change weights by a technique without any fine-tuning; how often it wanted some."""
    import torch

    batch = images, torch.arange(len(images)) % 10
    every = {**technique_file(name).OPTIONS, **options}
    return sum(1 for _ in function(name, "apply")(module, batch, **every))
