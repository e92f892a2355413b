"""Traps of compressing networks: zeros that save nothing, masks that stay, views that break."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from models import input_shape
from models.counting import count
from models.zoo import Architecture, assemble
from results.judging import controls
from results.layout import table
from results.store import Run
from tests.models.made import SMALL, apply
from tests.results.made_up import case, measured

AMOUNT = 0.8


def network(family: str = "simple_cnn") -> nn.Module:
    torch.manual_seed(0)
    return assemble(family, Architecture()).eval()


def masked() -> nn.Module:
    """Pruned as tutorials show it, with the mask left on."""
    module = network()
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            prune.l1_unstructured(layer, "weight", AMOUNT)  # type: ignore[no-untyped-call]
    return module


def pruned() -> nn.Module:
    module = network()
    apply("prune_unstructured", module, torch.zeros(1, 1, 28, 28), amount=AMOUNT)
    return module


def stored_values(module: nn.Module) -> int:
    return sum(tensor.numel() for tensor in module.state_dict().values())


def multiplied_at_each_call(module: nn.Module) -> int:
    """Layers that make their weight anew whenever they are called."""
    return sum(bool(layer._forward_pre_hooks) for layer in module.modules())


def test_a_mask_that_stays_doubles_the_weights_and_is_multiplied_at_each_call() -> None:
    """Trap: a pruned mask not made permanent."""
    dense, left, ours = network(), masked(), pruned()
    weights = sum(p.numel() for n, p in dense.named_parameters() if n.endswith("weight"))
    assert stored_values(left) == stored_values(dense) + weights
    assert multiplied_at_each_call(left) == 4
    assert stored_values(ours) == stored_values(dense)
    assert multiplied_at_each_call(ours) == 0
    assert ours.state_dict().keys() == dense.state_dict().keys()


def test_the_permanent_weights_compute_what_the_masked_ones_did() -> None:
    images = torch.rand(4, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(pruned()(images), masked()(images))


def test_zeros_among_the_weights_save_no_work() -> None:
    """Trap: unstructured pruning reported as a speed-up, here of five times by its zeros."""
    dense, ours = count(network(), (1, 28, 28)), count(pruned(), (1, 28, 28))
    by_its_zeros = dense.params / ours.nonzero_params
    assert by_its_zeros > 4.5
    assert (ours.macs, ours.params) == (dense.macs, dense.params)


def test_a_run_in_which_zeros_are_a_speed_up_is_not_believed() -> None:
    """The same trap from the other end: what shows it is the harness that is wrong."""
    zeros = measured(case("prune_unstructured@amount=0.8"), 1e-3, 0.8)
    faster = replace(zeros, facts={**zeros.facts, controls.FACT: controls.UNSTRUCTURED})
    other = measured(case("dense", "onnxruntime-fp32"), 1e-3, 0.5)
    run = Run(records=(measured(case(baseline=True), 1e-3, 1.0), faster, other))
    assert [row.judgement for row in table.rows(run)] == [None, "untrusted", "untrusted"]
    assert table.text(run, 100).count("UNTRUSTED: ") == 3  # above, below and as a footnote


class Viewing(nn.Module):
    """The classic example as it is often written."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.classes = nn.Conv2d(1, 20, 5), nn.Linear(20 * 24 * 24, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.classes(self.features(images).view(-1, 20 * 24 * 24))  # type: ignore[no-any-return]


def test_a_view_breaks_in_channels_last_memory() -> None:
    """Trap: view after channels_last."""
    images = torch.rand(2, 1, 28, 28).to(memory_format=torch.channels_last)
    module = Viewing().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        module(images)


@pytest.mark.parametrize("family", SMALL)
def test_our_networks_run_in_channels_last_memory(family: str) -> None:
    images = torch.rand(2, *input_shape(family))
    module = network(family)
    with torch.no_grad():
        wanted = module(images)
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        found = module(images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(found, wanted)
