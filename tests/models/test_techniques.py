"""The contract of a technique's file, and what each technique does to a network."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models import ImpossibleError, ModelError, families, input_shape, techniques
from models.counting import count
from models.recipe import parse
from models.techniques import (
    KINDS,
    Needs,
    code_of,
    function,
    has,
    kind,
    needs,
    remark,
    technique_file,
)
from models.zoo import DEPTHWISE, Architecture, assemble, knobs
from tests.models.made import MODULES, apply


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
        ("distill@times=0", "times is 0, but must be 1 or more times the data set's epochs"),
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


@pytest.mark.parametrize(("importance", "scope"), [("l1", "layer"), ("taylor", "global")])
@pytest.mark.parametrize(
    "family", [f for f in MODULES if f not in ("deep_cnn", "resnet20", "resnet50")]
)
def test_every_family_is_pruned_by_every_importance(
    family: str, importance: str, scope: str
) -> None:
    module = assemble(family, Architecture()).eval()
    images = torch.rand(2, *input_shape(family))
    before = count(module, input_shape(family))
    apply("prune_structured", module, images, ratio=0.3, importance=importance, scope=scope)
    assert module(images).shape == (2, 10)
    assert count(module, input_shape(family)).params < before.params
    assert all(parameter.grad is None for parameter in module.parameters())


def test_pruning_in_steps_ends_at_the_same_widths_and_is_fine_tuned_at_each() -> None:
    found = []
    for steps in (1, 3):
        module = assemble("simple_cnn", Architecture()).eval()
        images = torch.rand(2, 1, 28, 28)
        wanted = apply("prune_structured", module, images, ratio=0.5, round_to=1, steps=steps)
        assert wanted == steps
        found.append(widths(module))
    assert found[0] == found[1] == [5, 10, 25, 10]


def test_global_pruning_ranks_all_weights_together() -> None:
    small, large = nn.Linear(4, 4), nn.Linear(4, 4)
    nn.init.constant_(small.weight, 0.1)
    nn.init.constant_(large.weight, 0.2)
    module = nn.Sequential(small, large)
    apply("prune_unstructured", module, torch.rand(1, 4), amount=0.5, scope="global")
    assert not small.weight.any()
    assert large.weight.all()


def test_random_pruning_is_random_and_takes_the_amount() -> None:
    masks = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        layer = nn.Linear(10, 10)
        torch.manual_seed(seed)
        apply("prune_unstructured", nn.Sequential(layer), torch.rand(1, 10), method="random")
        masks.append(layer.weight == 0)
    assert [int(mask.sum()) for mask in masks] == [80, 80, 80]
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])


@pytest.mark.parametrize(
    ("family", "params", "macs"),
    [
        # 10 x 1x5x5 stay; 20 outputs of 10 inputs: two filters of one channel each.
        pytest.param("simple_cnn", 260 + 520 + 16_050 + 510, 144_000 + 32_000 + 16_500, id="twice"),
        # 50 is no multiple of 20: the third convolution stays whole.
        pytest.param(
            "deep_cnn",
            260 + 520 + 25_050 + 8_010,
            10 * 25 * 28**2 + 20 * 25 * 24**2 + 50 * 500 * 8**2 + 8_000,
            id="where_it_divides",
        ),
        # Norms 16 x 2 x 3, 32 x 2 x 3, 64 x 2 x 3; shortcuts of 512 and 2,048.
        pytest.param(
            "resnet8",
            144 + 9 * (16 + 16 + 32 + 32 + 64 + 64) + 512 + 2_048 + 2 * 3 * 112 + 650,
            (144 + 2 * 144) * 28**2 + (2 * 288 + 512) * 14**2 + (2 * 576 + 2_048) * 7**2 + 640,
            id="residual",
        ),
    ],
)
def test_depthwise_counts_as_by_hand(family: str, params: int, macs: int) -> None:
    changed = technique_file("depthwise").architecture(Architecture())  # type: ignore[attr-defined]
    counts = count(assemble(family, changed), input_shape(family))
    assert (counts.params, counts.macs) == (params, macs)


def test_a_network_whose_layers_have_one_channel_each_cannot_become_depthwise() -> None:
    with pytest.raises(ImpossibleError, match=r"simple_cnn at width 0.05 .* are so already"):
        assemble("simple_cnn", Architecture(width=0.05, groups=DEPTHWISE))


@pytest.mark.parametrize("family", [f for f in families() if "groups" in knobs(f)])
def test_groups_from_a_trained_network_are_its_diagonal_blocks(family: str) -> None:
    trained, module = assemble(family, Architecture()), assemble(family, Architecture(groups=2))
    function("grouped_from_dense", "inherit")(module, trained, groups=2)
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Conv2d):
            before = trained.get_submodule(name)
            x = torch.rand(1, layer.in_channels, 7, 7)
            if layer.groups == before.groups:
                assert torch.equal(layer.weight, before.weight)  # type: ignore[arg-type]
                continue
            half = layer.in_channels // 2
            for group, part in enumerate(layer(x).chunk(2, dim=1)):
                alone = torch.zeros_like(x)
                alone[:, group * half : (group + 1) * half] = x[:, group * half :][:, :half]
                own = before(alone).chunk(2, dim=1)[group]
                if before.groups == 1:
                    torch.testing.assert_close(part, own)
    assert torch.equal(module[-1].weight, trained[-1].weight)  # type: ignore[index]


def test_diagonal_blocks_of_groups_are_their_own_diagonal_blocks() -> None:
    from models.techniques.grouped_from_dense import diagonal

    weight = torch.arange(4 * 2.0).reshape(4, 2, 1, 1)  # four outputs, four inputs in two groups
    assert diagonal(weight, 2, 4).flatten().tolist() == [0, 3, 4, 7]
    assert torch.equal(diagonal(weight, 2, 2), weight)


def test_prune_structured_keeps_groups_equal() -> None:
    module = assemble("resnet8", Architecture(groups=2)).eval()
    example = torch.rand(1, 1, 28, 28)
    apply("prune_structured", module, example, ratio=0.5, round_to=1)
    assert module(example).shape == (1, 10)
    assert {m.groups for m in module.modules() if isinstance(m, nn.Conv2d)} == {1, 2}


def test_prune_structured_keeps_heads_equally_wide() -> None:
    module = assemble("vit_tiny", Architecture()).eval()
    example = torch.rand(2, 1, 28, 28)
    apply("prune_structured", module, example, ratio=0.3, round_to=1)  # 45 features: not in four
    assert module(example).shape == (2, 10)
    assert module[1].attention.query.out_features == 44  # type: ignore[index]


def test_several_outputs_a_depthwise_channel_cannot_be_pruned() -> None:
    module = assemble("simple_cnn", Architecture(groups=DEPTHWISE))
    with pytest.raises(ImpossibleError, match=r"several outputs for each input"):
        apply("prune_structured", module, torch.rand(1, 1, 28, 28))


def test_prune_structured_that_removes_nothing_is_an_error() -> None:
    module = assemble("simple_cnn", Architecture()).eval()
    with pytest.raises(ModelError, match=r"removes no channel.*raise ratio or lower round_to"):
        apply("prune_structured", module, torch.rand(1, 1, 28, 28), ratio=0.5, round_to=64)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("dense", ["dense"]),
        ("half_width", ["_width", "half_width"]),
        ("grouped_from_dense", ["grouped", "grouped_from_dense"]),
        ("prune_structured", ["prune_structured"]),
    ],
)
def test_the_code_of_a_technique_is_its_own_and_what_it_takes_from_others(
    name: str, files: list[str]
) -> None:
    assert [file.stem for file in code_of(name)] == files
