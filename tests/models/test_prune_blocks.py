"""The technique prune_blocks: which blocks stay, and what a network with them costs."""

from __future__ import annotations

import pytest
import torch

from models import ModelError, input_shape
from models.counting import count
from models.recipe import parse
from models.techniques.prune_blocks import architecture, inherit
from models.zoo import Architecture, assemble


@pytest.mark.parametrize("blocks", [1, 2])
def test_blocks_that_go_take_their_parameters_and_macs_with_them(blocks: int) -> None:
    dense = count(assemble("resnet20", Architecture()), input_shape("resnet20"))
    fewer = count(assemble("resnet20", Architecture(blocks=blocks)), input_shape("resnet20"))
    gone = 3 - blocks  # of each stage: two 3x3 convolutions of n channels, and two batch norms
    assert dense.params - fewer.params == gone * sum(18 * n**2 + 4 * n for n in (16, 32, 64))
    areas = {16: 28**2, 32: 14**2, 64: 7**2}
    assert dense.macs - fewer.macs == gone * sum(18 * n**2 * area for n, area in areas.items())


def test_one_block_a_stage_is_resnet8() -> None:
    fewer, eight = (
        count(assemble(family, made), input_shape(family))
        for family, made in (("resnet20", Architecture(blocks=1)), ("resnet8", Architecture()))
    )
    assert fewer == eight


@pytest.mark.parametrize("family", ["resnet20", "vit_tiny"])
@pytest.mark.parametrize("blocks", [1, 2])
def test_the_first_blocks_of_each_stage_are_the_trained_ones(family: str, blocks: int) -> None:
    torch.manual_seed(0)
    trained = assemble(family, Architecture())
    module = assemble(family, Architecture(blocks=blocks))
    inherit(module, trained, blocks=blocks)
    stages = {"resnet20": [3, 6, 9], "vit_tiny": [1]}[family]  # where each begins
    length = {"resnet20": 3, "vit_tiny": 4}[family]
    gone = [at + i for at in stages for i in range(blocks, length)]
    kept = [layer for at, layer in enumerate(trained) if at not in gone]  # type: ignore[arg-type, var-annotated]
    x = torch.rand(2, *input_shape(family))
    wanted = torch.nn.Sequential(*kept).eval()
    assert torch.equal(module.eval()(x), wanted(x))


@pytest.mark.parametrize(("family", "blocks"), [("resnet20", 2), ("vit_tiny", 2), ("vit_tiny", 3)])
def test_a_tied_block_is_applied_fewer_times(family: str, blocks: int) -> None:
    torch.manual_seed(0)
    trained = assemble(family, Architecture(tied=True))
    module = assemble(family, Architecture(tied=True, blocks=blocks))
    inherit(module, trained, blocks=blocks)
    before = trained.state_dict()
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    sizes = [sum(t.numel() for t in each.parameters()) for each in (module, trained)]
    assert sizes[0] < sizes[1] if family == "resnet20" else sizes[0] == sizes[1]  # of batch norms
    macs = [count(each, input_shape(family)).macs for each in (module, trained)]
    assert macs[0] < macs[1]


def test_the_fewest_that_are_asked_for_stay() -> None:
    assert architecture(Architecture(blocks=1), blocks=2).blocks == 1
    assert architecture(Architecture(blocks=2), blocks=1).blocks == 1


def test_a_stage_without_blocks_and_a_network_without_that_many_are_errors() -> None:
    with pytest.raises(ModelError, match=r"blocks of each stage are 0, but must be 1 or more"):
        parse("prune_blocks@blocks=0")
    with pytest.raises(ModelError, match=r"resnet20: none of its stages has more than 3 blocks"):
        assemble("resnet20", Architecture(blocks=3))
