"""Batch norm folded into the convolutions before it: the same numbers from fewer operators."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from models.errors import ImpossibleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from models.techniques import Scalar

OPTIONS: Mapping[str, Scalar] = {}
REMARK = "compilers and engines that read ONNX fold batch norm by themselves: eager PyTorch gains."


def check() -> None:
    """Nothing can be wrong."""


def deploy(module: nn.Module) -> nn.Module:
    """Each batch norm that stands right behind a convolution is folded into it.

    Right behind: the next child of the same parent. Our blocks register their layers in the order
    in which they call them; a test compares every family's answers. A block that is repeated has
    other batch norms each time behind the same convolutions, and is left alone.
    """
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    from models.blocks import Repeated

    tied = {id(one.block) for one in module.modules() if isinstance(one, Repeated)}
    folded = 0
    for parent in [one for one in module.modules() if id(one) not in tied]:
        children = list(parent.named_children())
        for (name, layer), (next_name, norm) in pairwise(children):
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(layer, norm))
                setattr(parent, next_name, nn.Identity())
                folded += 1
    if not folded:
        msg = "fold_batch_norm: no convolution of this network has a batch norm behind it"
        raise ImpossibleError(msg)
    return module
