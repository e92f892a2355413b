"""Techniques that say how a finished network is held: the same answers, held otherwise."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from models import ImpossibleError, ModelError, build, input_shape
from models.counting import count
from models.semi_structured import LEAST_INPUTS, LEAST_OUTPUTS, SemiStructuredLinear
from models.techniques import channels_last, fold_batch_norm, masked, sparse_2_4
from models.zoo import Architecture, assemble
from tests.models.made import MODULES, apply, recipe
from tests.models.test_building import saved, shaken

if TYPE_CHECKING:
    from pathlib import Path

NORMALISED = {"resnet8", "resnet20", "dwsep8", "resnext8", "tied8"}


def norms(module: nn.Module) -> int:
    return sum(isinstance(layer, nn.BatchNorm2d) for layer in module.modules())


@pytest.mark.parametrize("family", MODULES)
def test_folded_batch_norm_gives_the_answers_of_every_family(family: str) -> None:
    module = shaken(assemble(family, Architecture()))
    images = torch.rand(4, *input_shape(family))
    wanted = module(images)
    if norms(module) == 0:
        assert family not in NORMALISED
        with pytest.raises(ImpossibleError, match="no convolution of this network has a batch"):
            fold_batch_norm.deploy(module)
        return
    folded = fold_batch_norm.deploy(copy.deepcopy(module))
    assert norms(folded) == (6 if family == "tied8" else 0)  # two for each of its three times
    error = (folded(images) - wanted).abs().max() / wanted.abs().max()
    assert float(error.detach()) < 1e-5
    before, after = count(module, input_shape(family)), count(folded, input_shape(family))
    assert after.macs == before.macs
    assert after.params < before.params


def test_a_batch_norm_that_is_not_right_behind_its_convolution_stays() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.BatchNorm2d(2)).eval()
    with pytest.raises(ModelError, match="no convolution"):
        fold_batch_norm.deploy(module)


@pytest.mark.parametrize("family", ["resnet8", "simple_cnn"])
def test_channels_last_changes_the_layout_alone(family: str) -> None:
    module = shaken(assemble(family, Architecture()))
    images = torch.rand(2, *input_shape(family))
    wanted = module(images)
    held = channels_last.deploy(module)
    convolutions = [layer for layer in held.modules() if isinstance(layer, nn.Conv2d)]
    assert all(
        layer.weight.is_contiguous(memory_format=torch.channels_last) for layer in convolutions
    )
    torch.testing.assert_close(held(images), wanted, rtol=1e-4, atol=1e-5)


def test_masks_are_multiplied_at_every_call_and_can_be_copied() -> None:
    module = assemble("simple_cnn", Architecture()).eval()
    apply("prune_unstructured", module, torch.rand(1, 1, 28, 28))
    images = torch.rand(2, 1, 28, 28)
    wanted, before = module(images), count(module, (1, 28, 28))
    held = copy.deepcopy(masked.deploy(module))
    assert sum(bool(layer._forward_pre_hooks) for layer in held.modules()) == 4
    assert torch.equal(held(images), wanted)
    assert count(held, (1, 28, 28)) == before
    held.bfloat16()
    assert held(images.bfloat16()).dtype == torch.bfloat16


def test_without_zeros_there_is_nothing_to_mask() -> None:
    with pytest.raises(ImpossibleError, match=r"none of the weights is zero.*prune_unstructured"):
        masked.deploy(assemble("simple_cnn", Architecture()))


def test_building_deploys_last_and_in_the_order_that_was_written(tmp_path: Path) -> None:
    module = shaken(assemble("resnet8", Architecture()))
    path = saved(module, tmp_path / "weights")
    images = torch.rand(2, 1, 28, 28)
    built = build(recipe("fold_batch_norm", "channels_last", family="resnet8"), path)
    assert norms(built) == 0
    assert not built.training
    torch.testing.assert_close(built(images), module(images), rtol=1e-4, atol=1e-4)


def test_two_of_four_are_kept_along_the_inputs_and_the_larger() -> None:
    weight = torch.tensor([[1.0, -4.0, 3.0, 2.0, 0.1, 0.2, -0.3, 0.0]])
    kept = torch.where(sparse_2_4.larger_half(weight), weight, 0.0)
    assert kept.tolist() == [[0.0, -4.0, 3.0, 0.0, 0.0, pytest.approx(0.2), pytest.approx(-0.3), 0]]
    filters = torch.rand(3, 8, 5, 5)
    assert (sparse_2_4.larger_half(filters).reshape(3, 2, 4, 5, 5).sum(2) == 2).all()


@pytest.mark.parametrize("family", MODULES)
def test_half_of_the_weights_go_where_four_divides_the_inputs(family: str) -> None:
    module = assemble(family, Architecture()).eval()
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert apply("sparse_2_4", module, torch.rand(1, *input_shape(family))) == 1
    for layer in layers:
        zeros = int((layer.weight == 0).sum())
        assert zeros == (0 if layer.weight.shape[1] % 4 else layer.weight.numel() // 2)


def test_a_network_without_inputs_in_fours_cannot_be_sparse() -> None:
    with pytest.raises(ImpossibleError, match="divided by four"):
        apply("sparse_2_4", nn.Sequential(nn.Linear(6, 10)), torch.rand(1, 6))


def test_torch_has_sparse_products_of_these_sizes_in_the_precisions_that_are_allowed() -> None:
    takes = torch.sparse.SparseSemiStructuredTensorCUSPARSELT._DTYPE_SHAPE_CONSTRAINTS
    assert torch.float32 not in takes
    for precision in sparse_2_4.NEEDS.precision or ():
        least = takes[{"bf16": torch.bfloat16, "fp16": torch.float16}[precision]]
        assert LEAST_OUTPUTS % least.sparse_min_rows == LEAST_INPUTS % least.sparse_min_cols == 0


def test_sparse_layers_answer_as_dense_ones_on_a_cpu() -> None:
    module = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).eval()
    apply("sparse_2_4", module, torch.rand(1, 64))
    x = torch.rand(3, 64)
    wanted, names = module(x), module.state_dict().keys()
    held = sparse_2_4.deploy(module)
    assert [type(layer) is SemiStructuredLinear for layer in held] == [True, False, False]  # type: ignore[attr-defined]
    assert torch.equal(held(x), wanted)
    assert held.state_dict().keys() == names


def test_a_sparse_layer_that_learns_forgets_its_compressed_copy() -> None:
    held = sparse_2_4.deploy(nn.Sequential(nn.Linear(64, 32)))[0]  # type: ignore[index]
    held.compressed = torch.zeros(32, 64)  # as a GPU would hold it
    held.eval()(torch.rand(3, 64))
    assert held.compressed is not None
    held.train()(torch.rand(3, 64)).sum().backward()
    assert held.compressed is None
    assert held.weight.grad is not None
