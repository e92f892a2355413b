"""The contract of a technique's file, and what each technique does to a network."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models import ModelError, input_shape, techniques
from models.counting import count
from models.recipe import parse
from models.techniques import KINDS, Needs, has, kind, needs, remark, technique_file
from models.zoo import Architecture, assemble
from tests.models.made import apply


@pytest.mark.parametrize("name", techniques())
def test_every_technique_has_options_that_pass_its_own_check(name: str) -> None:
    file = technique_file(name)
    assert all(isinstance(value, int | float | str | bool) for value in file.OPTIONS.values())
    file.check(**file.OPTIONS)


@pytest.mark.parametrize("name", techniques())
def test_every_technique_is_of_exactly_one_kind(name: str) -> None:
    found = {each for each in KINDS if has(name, each)}
    beside = {"inherit": {"architecture"}, "apply": {"deploy"}}.get(kind(name), set())
    assert kind(name) in found
    assert found - {kind(name)} <= beside


@pytest.mark.parametrize("name", techniques())
def test_what_a_technique_needs_and_remarks_is_of_the_right_form(name: str) -> None:
    assert isinstance(needs(name), Needs)
    text = remark(name)
    assert text is None or text.endswith(".")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prune_unstructured@amount=1.5", "amount is 1.5, but must be a share"),
        ("prune_unstructured@amount=0", "amount is 0.0, but must be a share"),
        ("prune_unstructured@amount=nan", "amount is nan"),
        ("prune_structured@ratio=1", "ratio is 1.0"),
        ("prune_structured@ratio=-0.5", "ratio is -0.5"),
        ("prune_structured@round_to=0", "round_to is 0, but must be 1 or more"),
        ("prune_structured@steps=0", "steps is 0, but must be 1 or more"),
        ("prune_structured@importance=l3", "importance is 'l3', but must be one of l1, l2, taylor"),
        ("prune_structured@scope=all", "scope is 'all', but must be one of layer, global"),
        ("prune_unstructured@method=l2", "method is 'l2', but must be one of l1, random"),
        ("prune_unstructured@scope=all", "scope is 'all', but must be one of layer, global"),
        ("distill@alpha=0", "alpha is 0.0, but must be the teacher's share"),
        ("distill@alpha=1.5", "alpha is 1.5"),
        ("distill@temperature=0", "temperature is 0.0, but must be more than 0"),
        ("distill@temperature=inf", "temperature is inf"),
        ("grouped@groups=1", "groups is 1, but must be 2 or more"),
        ("grouped@groups=-2", "groups is -2"),
    ],
)
def test_an_impossible_option_is_a_clear_error(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse(text)


def test_architecture_techniques_add_up() -> None:
    before = Architecture(width=0.5, groups=1)
    half = technique_file("half_width").architecture(before)  # type: ignore[attr-defined]
    both = technique_file("grouped").architecture(half, groups=4)  # type: ignore[attr-defined]
    assert both == Architecture(width=0.25, groups=4)


def test_prune_unstructured_zeroes_the_share_of_every_layer_and_leaves_no_mask() -> None:
    module = assemble("resnet8", Architecture())
    names = module.state_dict().keys()
    apply("prune_unstructured", module, torch.rand(1, 1, 28, 28), amount=0.8)
    assert module.state_dict().keys() == names
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            zeros = int((layer.weight == 0).sum())
            assert zeros == round(0.8 * layer.weight.numel())


def test_prune_unstructured_takes_the_smallest() -> None:
    layer = nn.Linear(4, 1)
    layer.weight.data = torch.tensor([[0.1, -4.0, 3.0, -0.2]])
    apply("prune_unstructured", nn.Sequential(layer), torch.rand(1, 4), amount=0.5)
    assert layer.weight.tolist() == [[0.0, -4.0, 3.0, 0.0]]


def widths(module: nn.Module) -> list[int]:
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    return [len(layer.weight) for layer in layers]


@pytest.mark.parametrize(
    ("family", "options", "wanted"),
    [
        # 10 channels cannot become a multiple of 8 below 5, and a layer is never emptied.
        pytest.param("simple_cnn", {"ratio": 0.5, "round_to": 8}, [10, 8, 24, 10], id="rounded"),
        pytest.param("simple_cnn", {"ratio": 0.5, "round_to": 1}, [5, 10, 25, 10], id="exact"),
        pytest.param(
            "resnet8",
            {"ratio": 0.5, "round_to": 8},
            [8, 8, 8, 16, 16, 16, 32, 32, 32, 10],
            id="residual",
        ),
    ],
)
def test_prune_structured_removes_channels(
    family: str, options: dict[str, float], wanted: list[int]
) -> None:
    module = assemble(family, Architecture()).eval()
    before = count(module, input_shape(family))
    apply("prune_structured", module, torch.rand(1, *input_shape(family)), **options)
    assert widths(module) == wanted
    assert count(module, input_shape(family)).macs < 0.6 * before.macs


def test_prune_structured_keeps_groups_equal() -> None:
    module = assemble("resnet8", Architecture(groups=2)).eval()
    example = torch.rand(1, 1, 28, 28)
    apply("prune_structured", module, example, ratio=0.5, round_to=1)
    assert module(example).shape == (1, 10)
    assert {m.groups for m in module.modules() if isinstance(m, nn.Conv2d)} == {1, 2}


def test_prune_structured_that_removes_nothing_is_an_error() -> None:
    module = assemble("simple_cnn", Architecture()).eval()
    with pytest.raises(ModelError, match=r"removes no channel.*raise ratio or lower round_to"):
        apply("prune_structured", module, torch.rand(1, 1, 28, 28), ratio=0.5, round_to=64)
