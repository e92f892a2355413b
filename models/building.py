"""From a weights file to a module: no training code, no technique's library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from models.errors import ModelError
from models.possible import architecture
from models.techniques import function, has
from models.zoo import assemble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from models.recipe import Recipe


def build(recipe: Recipe, weights: Path) -> nn.Module:
    """The recipe's module in eval mode, its widths and values those of the tensors in the file."""
    with torch.device("meta"):  # nothing is initialised that the file replaces
        module = assemble(recipe.family, architecture(recipe))
    try:
        tensors = load_file(weights)
    except (OSError, SafetensorError) as error:
        msg = f"{weights}: not a readable safetensors file ({error}); delete it to have it remade"
        raise ModelError(msg) from error
    _assign(module, tensors, f"{weights}: for {recipe.name}")
    for layer in module.modules():
        _resize(layer)
    return _deployed(recipe, module.eval())


def _deployed(recipe: Recipe, module: nn.Module) -> nn.Module:
    """The finished module, held as the recipe says."""
    for step in recipe.steps:
        if has(step.name, "deploy"):
            module = function(step.name, "deploy")(module, **step.options)
    return module


def _assign(module: nn.Module, tensors: Mapping[str, Tensor], where: str) -> None:
    expected = module.state_dict().keys()
    if expected != tensors.keys():
        missing, unknown = sorted(expected - tensors.keys()), sorted(tensors.keys() - expected)
        msg = f"{where}: tensors missing {missing}, unknown {unknown}; it is of another network"
        raise ModelError(msg)
    for name, tensor in tensors.items():
        path, _, attribute = name.rpartition(".")
        layer = module.get_submodule(path)
        value = tensor.clone()  # aligned for vector units: in the file, its header decides that
        is_parameter = isinstance(getattr(layer, attribute), nn.Parameter)
        setattr(layer, attribute, nn.Parameter(value) if is_parameter else value)


def _resize(layer: nn.Module) -> None:
    """Make a layer's own account of its widths agree with its tensors (export relies on it)."""
    if isinstance(layer, nn.Conv2d):
        outputs, inputs_per_group = layer.weight.shape[:2]
        if layer.groups > 1 and layer.groups == layer.in_channels:  # depthwise: a group a channel
            layer.groups = outputs // (layer.out_channels // layer.in_channels)
        layer.out_channels, layer.in_channels = outputs, inputs_per_group * layer.groups
    elif isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = layer.weight.shape
    elif isinstance(layer, nn.LayerNorm):
        layer.normalized_shape = tuple(layer.weight.shape)
    elif isinstance(layer, nn.BatchNorm2d):
        layer.num_features = layer.running_mean.numel() if layer.running_mean is not None else 0
