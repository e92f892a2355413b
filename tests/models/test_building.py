"""Modules built from weights files, whatever widths the tensors have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models import ModelError, build, input_shape
from models.zoo import DEPTHWISE, Architecture, assemble, knobs
from tests.models.made import MODULES, apply, narrow, narrowing, recipe

if TYPE_CHECKING:
    from pathlib import Path

CHANGES: dict[str, dict[str, Any]] = {
    "dense": {},
    "half_width": {"width": 0.5},
    "grouped@groups=2": {"groups": 2},
    "prune_blocks@blocks=2": {"blocks": 2},
    "tied": {"tied": True},
    "half_resolution": {"stride": 2},
    "depthwise": {"groups": DEPTHWISE},
}
BUILDABLE = [
    (family, change)
    for family in MODULES
    for change, changed in CHANGES.items()
    if changed.keys() <= knobs(family) and (family, change) != ("dwsep8", "depthwise")
]


def saved(module: nn.Module, path: Path) -> Path:
    save_file({name: value.contiguous() for name, value in module.state_dict().items()}, path)
    return path


def shaken(module: nn.Module) -> nn.Module:
    """With running statistics and affine values that differ from channel to channel."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.1 if tensor.ndim < 2 else tensor)
    return module.eval()


@pytest.mark.parametrize(("family", "change"), BUILDABLE)
def test_every_architecture_rebuilds_to_identical_outputs(
    family: str, change: str, tmp_path: Path
) -> None:
    module = shaken(assemble(family, narrow(family, **CHANGES[change])))
    made = recipe(*narrowing(family), change, family=family)
    built = build(made, saved(module, tmp_path / "weights"))
    images = torch.rand(4, *input_shape(family))
    assert torch.equal(built(images), module(images))
    assert not built.training


@pytest.mark.parametrize(("family", "change"), BUILDABLE)
@pytest.mark.parametrize("round_to", [1, 8])
def test_every_pruned_network_rebuilds_to_identical_outputs(
    family: str, change: str, round_to: int, tmp_path: Path
) -> None:
    if change == "depthwise" and family not in ("resnext8", "tied8"):
        pytest.skip("several outputs for each channel: see test_techniques")
    module = shaken(assemble(family, narrow(family, **CHANGES[change])))
    example = torch.rand(1, *input_shape(family))
    apply("prune_structured", module, example, ratio=0.4, round_to=round_to)
    steps = *narrowing(family), change, f"prune_structured@round_to={round_to}"
    pruned = recipe(*steps, family=family)
    built = build(pruned, saved(module, tmp_path / "weights"))
    images = torch.rand(4, *input_shape(family))
    assert torch.equal(built(images), module(images))
    assert repr(built) == repr(module)  # the layers' own account of their widths agrees
    torch.export.export(built, (images,))


def test_depthwise_convolutions_keep_a_group_a_channel() -> None:
    from models.building import _resize

    layer = nn.Conv2d(6, 12, 3, groups=6)
    layer.weight = nn.Parameter(torch.rand(8, 1, 3, 3))
    layer.bias = nn.Parameter(torch.rand(8))
    _resize(layer)
    assert (layer.in_channels, layer.out_channels, layer.groups) == (4, 8, 4)
    assert layer(torch.rand(1, 4, 5, 5)).shape == (1, 8, 3, 3)


def test_weights_of_another_family_are_an_error(tmp_path: Path) -> None:
    path = saved(assemble("resnet8", Architecture()), tmp_path / "weights")
    with pytest.raises(ModelError, match=r"for simple_cnn\+dense: tensors missing .*another"):
        build(recipe("dense"), path)


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\x10" + b"\0" * 7 + b"{}"])
def test_a_file_that_is_not_safetensors_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights.safetensors: not a readable safetensors file"):
        build(recipe("dense"), path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not a readable safetensors file"):
        build(recipe("dense"), tmp_path / "absent")


def test_building_needs_no_training_code(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = saved(assemble("simple_cnn", Architecture()), tmp_path / "weights")
    code = (
        "import sys, pathlib, models; "
        "made = models.Recipe(family='simple_cnn', techniques=('dense',), dataset='digits'); "
        f"models.build(made, pathlib.Path({str(path)!r})); "
        "unwanted = {'models.training', 'models.making', 'torch_pruning', 'sklearn'}; "
        "sys.exit(bool(unwanted & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
